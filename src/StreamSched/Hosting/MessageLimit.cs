namespace StreamSched.Hosting;

/// <summary>How many messages of one kind are written; see <see cref="LimitedLoggerProvider"/>.</summary>
internal sealed class MessageLimit : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action<long> _tell;
    private readonly ITimer _timer;
    private long _began, _seen, _leftOut;
    private int _allowed = LimitedLoggerProvider.Burst;

    /// <summary>Begins with a whole burst.</summary>
    /// <param name="time">Clock.</param>
    /// <param name="tell">Gets the number of messages that were left out in a period, at its end; never 0.</param>
    public MessageLimit(TimeProvider time, Action<long> tell)
    {
        (_time, _tell, _began) = (time, tell, time.GetTimestamp());
        _timer = time.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether one more message is written.</summary>
    public bool Take()
    {
        lock (_lock)
        {
            TimeSpan age = _time.GetElapsedTime(_began);
            if (age >= LimitedLoggerProvider.Period)
            {
                // After a period in which too many came, one shows what is going on; after a quiet one, a whole burst may.
                bool calm = _seen <= LimitedLoggerProvider.Burst || age >= 2 * LimitedLoggerProvider.Period;
                (_began, _seen, _allowed, age) = (_time.GetTimestamp(), 0, calm ? LimitedLoggerProvider.Burst : 1, TimeSpan.Zero);
            }

            if (++_seen <= _allowed) return true;
            if (_leftOut++ == 0) _timer.Change(LimitedLoggerProvider.Period - age, Timeout.InfiniteTimeSpan);
            return false;
        }
    }

    /// <summary>Tells what was left out up to now.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Tell();
    }

    private void Tell()
    {
        long count;
        lock (_lock) (count, _leftOut) = (_leftOut, 0);
        if (count > 0) _tell(count); // outside of the lock: a log that blocks must not hold up those who are let through nothing
    }
}
