using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <summary>One model variant as a worker holds it.</summary>
public sealed record VariantDescription
{
    /// <summary>The variant's name.</summary>
    public required string Name { get; init; }

    /// <summary>The task that it answers.</summary>
    public required string Task { get; init; }

    /// <summary>Its accuracy in 0..1.</summary>
    public required float Accuracy { get; init; }

    /// <summary>Memory it needs.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Its measured times, by processor id. A processor that is missing does not run it.</summary>
    public required IReadOnlyDictionary<string, ServiceTable> Services { get; init; }
}
