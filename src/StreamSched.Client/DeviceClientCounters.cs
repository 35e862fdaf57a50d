namespace StreamSched.Client;

/// <summary>What a device client has counted since it was opened.</summary>
public sealed class DeviceClientCounters
{
    private long _sent;
    private long _answered;
    private long _duplicates;
    private long _tooLate;
    private long _noAnswer;
    private long _notSent;
    private long _unreadable;

    /// <summary>Requests handed to the Kafka client.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Requests whose first result was read.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Later results of answered requests, which change nothing.</summary>
    public long Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>First results of requests that were given up before.</summary>
    public long TooLate => Volatile.Read(ref _tooLate);

    /// <summary>Requests given up.</summary>
    public long NoAnswer => Volatile.Read(ref _noAnswer);

    /// <summary>Requests that were refused on the way to the log.</summary>
    public long NotSent => Volatile.Read(ref _notSent);

    /// <summary>Results that could not be read; nobody can tell whose they are.</summary>
    public long Unreadable => Volatile.Read(ref _unreadable);

    internal void CountSent() => Interlocked.Increment(ref _sent);

    internal void CountDuplicate() => Interlocked.Increment(ref _duplicates);

    internal void CountTooLate() => Interlocked.Increment(ref _tooLate);

    internal void CountUnreadable() => Interlocked.Increment(ref _unreadable);

    internal void CountEnd(AnswerStatus status) =>
        Interlocked.Increment(ref status == AnswerStatus.NoAnswer ? ref _noAnswer : ref status == AnswerStatus.NotSent ? ref _notSent : ref _answered);
}
