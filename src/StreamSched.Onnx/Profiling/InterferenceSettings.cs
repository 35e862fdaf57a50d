namespace StreamSched.Onnx.Profiling;

/// <summary>How interference is measured.</summary>
public sealed record InterferenceSettings
{
    /// <summary>K: up to so many of each model run as co-runners, 1 to 8.</summary>
    public int Size { get; init; } = 3;

    /// <summary>Samples per cell, at least <see cref="Rounds"/>.</summary>
    public int Samples { get; init; } = 30;

    /// <summary>
    /// How often all cells are gone through, each time in another order, 1 to 100: what drifts meanwhile (clock, heat, other programs) then spreads over all
    /// cells and does not pass for interference.
    /// </summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Runs that are thrown away after each change of co-runners.</summary>
    public int WarmUp { get; init; } = 2;

    /// <summary>
    /// How long a sample is alone, at least. A model that is quicker runs several times per sample, whose value is the time of one run: a run of 10 µs
    /// fits between two time slices of the others, so that most single runs would show no interference and a few an absurd one.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Time per cell over all rounds; where it ends first, the cell has fewer samples, but at least one per round.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Seed of the order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Checks the ranges.</summary>
    /// <returns>Every complaint, empty where all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var complaints = new List<string>();
        if (Size is < 1 or > 8)
            complaints.Add($"interference: size is {Size}, it must be within 1 and 8");
        if (Rounds is < 1 or > 100)
            complaints.Add($"interference: rounds is {Rounds}, it must be within 1 and 100");
        if (Samples < Rounds)
            complaints.Add($"interference: samples is {Samples}, it must be at least the number of rounds ({Rounds})");
        if (WarmUp < 0)
            complaints.Add($"interference: warm-up is {WarmUp}, it must not be negative");
        if (SampleTime <= TimeSpan.Zero || Budget <= TimeSpan.Zero)
            complaints.Add("interference: sample time and budget must be positive");
        return complaints;
    }
}
