using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Planning;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Experiments;

/// <summary>What is to be run: every scenario with every policy and every seed.</summary>
public sealed record ExperimentPlan
{
    /// <summary>The worlds; their names must differ.</summary>
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>The policies; their names must differ.</summary>
    public required IReadOnlyList<PolicyEntry> Policies { get; init; }

    /// <summary>How many seeds, from each scenario's own on.</summary>
    public int Seeds { get; init; } = 5;

    /// <summary>
    /// Most seeds of a cell: one in which the difference of the first policy that is no simple rule to the best simple rule is not known to
    /// <see cref="Statistics.Shown"/> gets <see cref="Seeds"/> more, again and again, of that policy and of the simple rules within two points of the best.
    /// What it goes by is the width of the interval, not where it lies.
    /// </summary>
    public int MostSeeds { get; init; }

    /// <summary>How the bound is computed; null: not at all.</summary>
    public BoundSettings? Bound { get; init; } = new();

    /// <summary>How the oracle plans, which begins with the best of <see cref="Policies"/>; null: there is none.</summary>
    public OracleSettings? Oracle { get; init; }

    /// <summary>What the bound of a scenario is computed of.</summary>
    public Func<Scenario, BoundWorld> BoundOf { get; init; } = BoundWorld.Of;

    /// <summary>How many worlds run at the same time.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>A file of results that are there already and to which new ones are added; null: none.</summary>
    public string? ResultsFile { get; init; }
}
