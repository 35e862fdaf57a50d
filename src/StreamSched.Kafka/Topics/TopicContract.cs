namespace StreamSched.Kafka.Topics;

/// <summary>What producers and consumers of a topic may rely on. The catalogue is <see cref="TopicCatalogue.All"/>.</summary>
internal sealed record TopicContract
{
    /// <summary>Name without the prefix; <c>work.&lt;worker id&gt;</c> stands for the family of work topics.</summary>
    public required string Name { get; init; }

    /// <summary>What the record's key is, as UTF-8 text.</summary>
    public required string Key { get; init; }

    /// <summary>Name of the Avro schema of the value, or of each that it may have; null where the value is whatever was received.</summary>
    public required string? Schema { get; init; }

    /// <summary>How many partitions there are.</summary>
    public required PartitionCount Partitions { get; init; }

    /// <summary>Which partition a writer takes.</summary>
    public required string Partitioning { get; init; }

    /// <summary>What happens to old records.</summary>
    public required CleanupPolicy Cleanup { get; init; }

    /// <summary>How long records are kept; null where the topic is compacted.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>Largest record in bytes (<c>max.message.bytes</c>), key, value and headers together.</summary>
    public int MaxRecordBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Whether the broker stamps its records (<c>message.timestamp.type</c> LogAppendTime) and not who writes them: their age is the same for all then, and
    /// writers see how their clocks differ.
    /// </summary>
    public bool IsStampedByBroker { get; init; }

    /// <summary>
    /// Bytes that its records have beyond the request inside them, so that its limit follows the one that an operator gives <c>requests</c>; null: its
    /// records carry no whole request.
    /// </summary>
    public int? BytesAroundRequest { get; init; }

    /// <summary>Who writes.</summary>
    public required string WrittenBy { get; init; }

    /// <summary>Who reads.</summary>
    public required string ReadBy { get; init; }

    /// <summary>Whether this stands for one topic per worker rather than for a topic.</summary>
    public bool IsFamily => Name.Contains('<', StringComparison.Ordinal);

    /// <summary>
    /// Topic configuration as Kafka names it. Retention removes closed segments only, so segments are closed at a quarter of it.
    /// </summary>
    public IReadOnlyDictionary<string, string> Configuration
    {
        get
        {
            var configuration = new Dictionary<string, string>
            {
                ["cleanup.policy"] = Cleanup == CleanupPolicy.Compact ? "compact" : "delete",
                ["max.message.bytes"] = Text(MaxRecordBytes),
                ["message.timestamp.type"] = IsStampedByBroker ? "LogAppendTime" : "CreateTime",
            };
            if (Retention is { } retention)
            {
                configuration["retention.ms"] = Text((long)retention.TotalMilliseconds);
                configuration["segment.ms"] = Text((long)Math.Max(60_000, retention.TotalMilliseconds / 4));
            }

            return configuration;
        }
    }

    /// <summary>The configuration with the limit that <see cref="RecordLimit"/> gives.</summary>
    internal Dictionary<string, string> ConfigurationFor(long requestsLimit) => new(Configuration) { ["max.message.bytes"] = Text(RecordLimit(requestsLimit)) };

    /// <summary>Largest record in bytes where <c>requests</c> takes records up to <paramref name="requestsLimit"/>.</summary>
    internal long RecordLimit(long requestsLimit) =>
        BytesAroundRequest is { } around ? Math.Min(int.MaxValue, Math.Max(MaxRecordBytes, requestsLimit + around)) : MaxRecordBytes;

    private static string Text(long value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
