namespace StreamSched.Kafka.Diagnostics;

/// <summary>What this process has sent to a topic and read from it, over all of its clients.</summary>
internal sealed class TopicTraffic
{
    private long _sent;
    private long _failed;
    private long _consumed;

    /// <summary>How many clients count here; <see cref="MessagingInstruments"/> keeps it.</summary>
    public int Users { get; set; }

    public long Sent => Volatile.Read(ref _sent);

    public long Failed => Volatile.Read(ref _failed);

    public long Consumed => Volatile.Read(ref _consumed);

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountFailed() => Interlocked.Increment(ref _failed);

    public void CountConsumed(int records) => Interlocked.Add(ref _consumed, records);
}
