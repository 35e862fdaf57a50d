namespace StreamSched.Kafka.Administration;

/// <summary>What differs between a topic and its contract.</summary>
internal enum TopicDifferenceKind
{
    /// <summary>There is no such topic.</summary>
    Missing,

    /// <summary>Another number of partitions.</summary>
    Partitions,

    /// <summary>Deleted instead of compacted, or the other way round.</summary>
    Cleanup,

    /// <summary>Another retention.</summary>
    Retention,

    /// <summary>The largest record is smaller than the contract says, or than a record of <c>requests</c> makes it.</summary>
    RecordLimit,

    /// <summary>Records are deleted by the size of a partition.</summary>
    Size,

    /// <summary>Records carry the brokers' time instead of their writers', or the other way round.</summary>
    Timestamps,

    /// <summary>A topic with the installation's prefix that is none of its topics.</summary>
    Name,

    /// <summary>This user may not read the topic's configuration.</summary>
    Unknown,

    /// <summary>Fewer copies than the settings ask for.</summary>
    Replication,
}
