using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Training;

/// <summary>In which worlds a policy is trained.</summary>
public sealed record TrainingPlan
{
    /// <summary>The worlds; loads, service times and values are varied around them.</summary>
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>What load 1 is; null: nothing is known, and scenarios arrive as they say.</summary>
    public UnitLoads? Units { get; init; }

    /// <summary>Of everything that is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Worlds that run at the same time; the result does not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How many requests a world has, about: more is slower and less noisy.</summary>
    public int RequestsPerWorld { get; init; } = 12_000;
}
