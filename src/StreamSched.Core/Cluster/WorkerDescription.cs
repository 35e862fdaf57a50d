namespace StreamSched.Core.Cluster;

/// <summary>What a worker can do, as it registered itself.</summary>
public sealed record WorkerDescription
{
    /// <summary>The worker's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its incarnation: a later one has a larger number and is the death of the former.</summary>
    public long Incarnation { get; init; }

    /// <summary>Its kind of machine: what is learned of one of a class is expected of the others.</summary>
    public string Class { get; init; } = "";

    /// <summary>Where it stands, a name of <see cref="NetworkMap"/>.</summary>
    public string Site { get; init; } = "";

    /// <summary>How often it sends telemetry.</summary>
    public TimeSpan TelemetryPeriod { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether an operator told it to end: no new work, while what it has is still answered.</summary>
    public bool Draining { get; init; }

    /// <summary>Its processors.</summary>
    public required IReadOnlyList<ProcessorDescription> Processors { get; init; }

    /// <summary>Its model variants.</summary>
    public required IReadOnlyList<VariantDescription> Variants { get; init; }

    /// <summary>How its models slow each other down; none: not at all.</summary>
    public InterferenceTable Interference { get; init; } = InterferenceTable.None;
}
