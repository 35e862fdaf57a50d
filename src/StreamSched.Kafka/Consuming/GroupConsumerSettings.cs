namespace StreamSched.Kafka.Consuming;

/// <summary>How a <see cref="GroupConsumer"/> reads and commits.</summary>
internal sealed record GroupConsumerSettings
{
    /// <summary>Full name of the group.</summary>
    public required string Group { get; init; }

    /// <summary>Full name of the topic that the group shares.</summary>
    public required string Topic { get; init; }

    /// <summary>
    /// Full name of a topic with as many partitions, in which the outcome of a record is found in the record's partition. The group commits a
    /// position in it together with the offset; null: none.
    /// </summary>
    public string? CompanionTopic { get; init; }

    /// <summary>
    /// Partitions to read always, without sharing them: there is no membership then and no time-out to wait for after a crash. null: the
    /// group shares all partitions.
    /// </summary>
    public IReadOnlyList<int>? FixedPartitions { get; init; }

    /// <summary>Most unfinished records of each partition (<see cref="PartitionOffsets"/>). A full partition pauses until half is free.</summary>
    public int MaxInFlight { get; init; } = 8192;

    /// <summary>How often the finished prefix is committed.</summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A partition of which nothing was read for so long, because it is full while records wait in it, is stuck.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether records that left the log before the assignment are a loss; false where an earlier owner's records are of no use to this one.</summary>
    public bool OwesEarlierRecords { get; init; } = true;

    /// <summary>How long partitions that are given back, and the end, wait for records in flight.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a missing topic is waited for, since new topics take a moment to be known to all brokers.</summary>
    public TimeSpan TopicGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What helps where the topic is missing for longer, as a sentence.</summary>
    public string TopicCure { get; init; } = "Create it: streamsched topics create";
}
