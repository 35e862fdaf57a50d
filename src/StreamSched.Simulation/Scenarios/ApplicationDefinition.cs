namespace StreamSched.Simulation.Scenarios;

/// <summary>A kind of request.</summary>
internal sealed record ApplicationDefinition
{
    public required string Name { get; init; }

    public required string Task { get; init; }

    /// <summary>Seconds; drawn once per stream, or per request where there are no streams.</summary>
    public required (double Least, double Most) Deadline { get; init; }

    public (double Least, double Most) FramesPerSecond { get; init; } = (1, 1);

    /// <summary>Seconds.</summary>
    public (double Least, double Most) Duration { get; init; } = (60, 60);

    /// <summary>0..1, quantiles resolved.</summary>
    public float MinAccuracy { get; init; }

    public int PayloadBytes { get; init; }

    public float Weight { get; init; } = 1;

    /// <summary>How often it is chosen, beside the others.</summary>
    public double Share { get; init; } = 1;
}
