using Microsoft.Extensions.Logging;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// What an operator must know about a running role. A condition that is raised here is logged when it begins and when it ends, is counted by a metric, goes
/// out with the role's reports (<c>load</c>, <c>telemetry</c>), from where <c>streamsched status</c> shows it, and keeps <c>/health/ready</c> at 503 if it
/// blocks readiness. All members may be called from any thread.
/// </summary>
/// <param name="loggers">For beginnings and ends.</param>
/// <param name="time">Clock.</param>
internal sealed class Conditions(ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>Most conditions that a report carries; more are counted by its last one.</summary>
    public const int MostReported = 16;

    /// <summary>Longest text and subject of a condition, in UTF-16 units; the rest is cut.</summary>
    public const int LongestText = 400;

    // More than an operator reads; what strangers cause must not grow without bound.
    private const int Most = 256;

    private readonly ILogger _logger = loggers.CreateLogger<Conditions>();
    private readonly TimeProvider _time = time;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Code, string Subject), Held> _held = [];
    private Condition[] _inForce = []; // replaced when something changes, so that readers see it whole and can tell by the reference
    private long _nextEnd = long.MaxValue;

    /// <summary>The conditions that hold, the oldest first. The same list as at the last call if nothing changed.</summary>
    public IReadOnlyList<Condition> InForce
    {
        get
        {
            if (_time.GetTimestamp() >= Volatile.Read(ref _nextEnd)) EndWhatIsOver();
            return Volatile.Read(ref _inForce);
        }
    }

    /// <summary>Why the role is not ready; null: nothing keeps it from that.</summary>
    public string? NotReady
    {
        get
        {
            foreach (Condition condition in InForce)
                if (condition.BlocksReady) return condition.Text;
            return null;
        }
    }

    /// <summary>A condition holds until <see cref="Clear"/>. Calling it again changes its text at most.</summary>
    /// <param name="code">What it is.</param>
    /// <param name="subject">What it is about; code and subject together name it.</param>
    /// <param name="text">What is wrong and what helps, in one line.</param>
    /// <param name="blocksReady">Whether the role is not ready meanwhile.</param>
    public void Raise(string code, string subject, string text, bool blocksReady = false) => Set(code, subject, text, blocksReady, long.MaxValue);

    /// <summary>Something happened that an operator should see for a while: the condition ends so long after the last call.</summary>
    /// <param name="duration">How long it is shown.</param>
    /// <param name="code">What it is.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="text">What happened and what helps, in one line.</param>
    public void RaiseFor(TimeSpan duration, string code, string subject, string text) =>
        Set(code, subject, text, blocksReady: false, _time.GetTimestamp() + (long)(duration.TotalSeconds * _time.TimestampFrequency));

    /// <summary>A condition holds no longer. Does nothing if it did not hold.</summary>
    public void Clear(string code, string subject)
    {
        lock (_gate)
        {
            if (!_held.Remove((code, subject))) return;
            Publish();
        }

        KafkaLog.ConditionEnded(_logger, code, subject);
    }

    /// <summary>What a report carries of these: the oldest, and how many more there are.</summary>
    public static IEnumerable<Condition> Reported(IReadOnlyList<Condition> conditions) => conditions.Count <= MostReported
        ? conditions
        : conditions.Take(MostReported - 1)
            .Append(new Condition("more", "", $"{conditions.Count - MostReported + 1} more conditions hold: see the log", false));

    private void Set(string code, string subject, string text, bool blocksReady, long end)
    {
        (subject, text) = (Cut(subject), Cut(text));
        bool begins;
        lock (_gate)
        {
            Held? held = _held.GetValueOrDefault((code, subject));
            begins = held is null;
            if (begins && _held.Count >= Most) return;
            if (held is not null && held.Condition.Text == text && held.Condition.BlocksReady == blocksReady)
            {
                held.End = end;
                _nextEnd = Math.Min(_nextEnd, end);
                return;
            }

            _held[(code, subject)] = new Held(new Condition(code, subject, text, blocksReady), held?.Order ?? _time.GetTimestamp()) { End = end };
            Publish();
        }

        if (begins) KafkaLog.ConditionBegan(_logger, code, text);
    }

    private void EndWhatIsOver()
    {
        List<Condition> over = [];
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            foreach ((_, Held held) in _held)
                if (held.End <= now) over.Add(held.Condition);
            foreach (Condition condition in over) _held.Remove((condition.Code, condition.Subject));
            Publish();
        }

        foreach (Condition condition in over) KafkaLog.ConditionEnded(_logger, condition.Code, condition.Subject);
    }

    private void Publish()
    {
        long next = long.MaxValue;
        foreach (Held held in _held.Values) next = Math.Min(next, held.End);
        Volatile.Write(ref _inForce, [.. _held.Values.OrderBy(held => held.Order).Select(held => held.Condition)]);
        Volatile.Write(ref _nextEnd, next);
    }

    private static string Cut(string text) => text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText - 1), "…");

    private sealed class Held(Condition condition, long order)
    {
        public Condition Condition { get; } = condition;

        public long Order { get; } = order;

        public long End { get; set; }
    }
}
