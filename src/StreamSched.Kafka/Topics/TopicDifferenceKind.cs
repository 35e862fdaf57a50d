namespace StreamSched.Kafka;

/// <summary>What differs between a topic and its contract.</summary>
public enum TopicDifferenceKind
{
    /// <summary>There is no such topic.</summary>
    Missing,

    /// <summary>Another number of partitions.</summary>
    Partitions,

    /// <summary>Deleted instead of compacted, or the other way round.</summary>
    Cleanup,

    /// <summary>Another retention.</summary>
    Retention,

    /// <summary>The largest record is smaller than the contract says.</summary>
    RecordLimit,

    /// <summary>Fewer copies than the settings ask for.</summary>
    Replication,
}
