namespace StreamSched.Onnx.Profiling;

/// <summary>How much is measured before a model serves.</summary>
public sealed record ServiceProfilerSettings
{
    /// <summary>Runs per batch size that are thrown away first, at least 0.</summary>
    public int WarmUp { get; init; } = 3;

    /// <summary>Runs per batch size that count, unless <see cref="Budget"/> ends first; at least <see cref="FewestRuns"/>.</summary>
    public int Runs { get; init; } = 50;

    /// <summary>Time per model. A batch size whose fewest runs would not fit in what is left of it is not measured, and not served.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the profile keeps every single run.</summary>
    public bool KeepSamples { get; init; }

    /// <summary>A median of fewer runs would say nothing.</summary>
    public const int FewestRuns = 5;

    /// <summary>Checks the ranges.</summary>
    /// <returns>Every complaint, empty where all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        var complaints = new List<string>();
        if (WarmUp < 0)
            complaints.Add($"profiler: warm-up is {WarmUp}, it must not be negative");
        if (Runs < FewestRuns)
            complaints.Add($"profiler: runs is {Runs}, it must be at least {FewestRuns}");
        if (Budget <= TimeSpan.Zero)
            complaints.Add($"profiler: budget is {Budget}, it must be positive");
        return complaints;
    }
}
