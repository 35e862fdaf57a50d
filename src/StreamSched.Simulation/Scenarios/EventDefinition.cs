using StreamSched.Core.Cluster;

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

    /// <summary>Times slower, times longer delay, times more load, true accuracy over the registered one, times longer runs, interference beyond 1 over that of
    /// the law; drawn uniformly from the range.</summary>
    public (double Least, double Most) Factor { get; init; } = (1, 1);

    /// <summary>For links: bandwidth over the usual one.</summary>
    public double BandwidthFactor { get; init; } = 1;

    /// <summary>For accuracies: the variant concerned.</summary>
    public string Variant { get; init; } = "";

    /// <summary>For accuracies: indices of the sites whose devices' frames are concerned.</summary>
    public IReadOnlyList<int> Origins { get; init; } = [];

    /// <summary>For accuracies: seconds until the change is complete.</summary>
    public double Over { get; init; }

    /// <summary>For spread: the fraction of the runs that take longer.</summary>
    public double Share { get; init; }

    /// <summary>For interference: the law that comes into force; null: that of the workers' own class.</summary>
    public InterferenceTable? Law { get; init; }

    /// <summary>For load: indices of the applications concerned; empty: all.</summary>
    public IReadOnlyList<int> Applications { get; init; } = [];

    /// <summary>Indices of the workers concerned.</summary>
    public IReadOnlyList<int> Workers { get; init; } = [];

    /// <summary>Ordered pairs of sites concerned.</summary>
    public IReadOnlyList<(int From, int To)> Links { get; init; } = [];
}
