using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Planning;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Experiments;

/// <summary>One line of a results file: one world run, or one bound.</summary>
internal sealed record RunRecord
{
    /// <summary>The scenario's name.</summary>
    public required string Scenario { get; init; }

    /// <summary>The policy's name; empty: the bound.</summary>
    public required string Policy { get; init; }

    /// <summary>Of the policy's file; empty: there is none.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>All arrivals of the scenario times this.</summary>
    public double Load { get; init; }

    /// <summary>Seconds during which requests arrived.</summary>
    public double Duration { get; init; }

    /// <summary>Of the source; empty: not known.</summary>
    public string Commit { get; init; } = "";

    /// <summary>What the run gave.</summary>
    public WorldResult? Result { get; init; }

    /// <summary>Of an oracle: the requests that it planned for.</summary>
    public WindowWorth? Window { get; init; }

    /// <summary>The bound.</summary>
    public BoundResult? Bound { get; init; }

    /// <summary>Seconds that it took on this machine.</summary>
    public double Seconds { get; init; }
}
