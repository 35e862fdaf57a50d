using StreamSched.Onnx.Inference;

namespace StreamSched.Onnx.Execution;

/// <summary>Ends runs that take too long. One per slot, so that a run costs two changes of a timer and nothing else.</summary>
internal sealed class RunWatch : IDisposable
{
    // While payloads are still being converted there is no run to end yet.
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(5);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private ModelRunner? _runner;
    private long _end;

    public RunWatch(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static watch => ((RunWatch)watch!).OnTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What runs longer than any run may; 0: nothing.</summary>
    public TimeSpan Overdue
    {
        get
        {
            lock (_lock)
            {
                var over = _runner is null ? TimeSpan.Zero : _time.GetElapsedTime(_end);
                return over > TimeSpan.Zero ? over : TimeSpan.Zero;
            }
        }
    }

    /// <summary>A run begins.</summary>
    /// <param name="runner">Whose.</param>
    /// <param name="limit">How long it may take.</param>
    public void Begin(ModelRunner runner, TimeSpan limit)
    {
        lock (_lock)
        {
            _runner = runner;
            _end = _time.GetTimestamp() + (long)(limit.TotalSeconds * _time.TimestampFrequency);
            _timer.Change(limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>It has ended.</summary>
    public void End()
    {
        lock (_lock)
        {
            _runner = null;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends what runs now.</summary>
    public void EndNow()
    {
        lock (_lock)
            _runner?.EndRun();
    }

    public void Dispose() => _timer.Dispose();

    private void OnTime()
    {
        lock (_lock)
        {
            if (_runner is null)
                return;
            // A call that was late for its run, or a timer that counts more coarsely than the clock.
            var left = _time.GetElapsedTime(_time.GetTimestamp(), _end);
            if (left > TimeSpan.Zero || !_runner.EndRun())
                _timer.Change(left > Again ? left : Again, Timeout.InfiniteTimeSpan);
        }
    }
}
