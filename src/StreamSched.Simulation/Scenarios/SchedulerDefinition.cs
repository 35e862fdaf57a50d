namespace StreamSched.Simulation.Scenarios;

/// <summary>The schedulers and what they tell each other.</summary>
internal sealed record SchedulerDefinition
{
    /// <summary>Shares of the requests; their number is that of the schedulers.</summary>
    public IReadOnlyList<double> Shares { get; init; } = [1];

    /// <summary>Seconds between reports of what was sent; infinity: never.</summary>
    public double SharePeriod { get; init; } = 0.01;

    /// <summary>Seconds until the others have a report.</summary>
    public double ShareDelay { get; init; } = 0.002;

    /// <summary>Whether others' unknown work is assumed to be like one's own.</summary>
    public bool Scaled { get; init; } = true;

    /// <summary>Seconds between two telemetry records of a worker.</summary>
    public double TelemetryPeriod { get; init; } = 0.25;
}
