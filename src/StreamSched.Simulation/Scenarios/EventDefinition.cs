namespace StreamSched.Simulation.Scenarios;

/// <summary>Something that happens to the world.</summary>
internal sealed record EventDefinition
{
    public required EventKind Kind { get; init; }

    /// <summary>Seconds; NaN where it happens at random.</summary>
    public double At { get; init; } = double.NaN;

    /// <summary>Mean seconds between two of them, for each worker or link concerned.</summary>
    public double Every { get; init; } = double.NaN;

    /// <summary>Seconds until it is over; infinity: never. At random times the mean of an exponential stay.</summary>
    public double For { get; init; } = double.PositiveInfinity;

    /// <summary>Times slower, times longer delay, times more load; drawn uniformly from the range.</summary>
    public (double Least, double Most) Factor { get; init; } = (1, 1);

    /// <summary>For links: bandwidth over the usual one.</summary>
    public double BandwidthFactor { get; init; } = 1;

    /// <summary>Indices of the workers concerned.</summary>
    public IReadOnlyList<int> Workers { get; init; } = [];

    /// <summary>Ordered pairs of sites concerned.</summary>
    public IReadOnlyList<(int From, int To)> Links { get; init; } = [];
}
