namespace StreamSched.Simulation.Bounds;

/// <summary>How hard to look for a tight bound.</summary>
public sealed record BoundSettings
{
    /// <summary>Steps at each temperature of the search for prices.</summary>
    public int Iterations { get; init; } = 6;

    /// <summary>Requests that prices are looked for with. The bound itself is computed on all of them.</summary>
    public int Sample { get; init; } = 5_000;

    /// <summary>Length of a slice of time. Shorter ones follow bursts, at the price of more prices.</summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks at every so many-th request only, with as much less capacity: an estimate of the bound, and no bound unless it is 1.</summary>
    public int Every { get; init; } = 1;

    /// <summary>Whether an answer counts with its accuracy, or as one.</summary>
    public bool Accuracy { get; init; } = true;
}
