namespace StreamSched.Kafka.Topics;

/// <summary>What Kafka does with old records of a topic (<c>cleanup.policy</c>).</summary>
internal enum CleanupPolicy
{
    /// <summary>Segments older than the retention are deleted.</summary>
    Delete,

    /// <summary>The last record of each key is kept; a record without value takes its key back.</summary>
    Compact,
}
