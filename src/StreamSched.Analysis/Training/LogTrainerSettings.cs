using StreamSched.Core.Registry;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Analysis.Training;

/// <summary>What is trained from a log, and how.</summary>
internal sealed record LogTrainerSettings
{
    /// <summary>The policy.</summary>
    public required string Kind { get; init; }

    /// <summary>The file that it begins with; null: what logged, where that is of its kind.</summary>
    public LoadedPolicy? Start { get; init; }

    /// <summary>Makes the file, where a policy is trained in worlds and not from outcomes; null: it is learned from outcomes.</summary>
    public Func<LoadedPolicy>? InWorlds { get; init; }

    /// <summary>A world like the cluster, in which a network rehearses; null: none.</summary>
    public Scenario? Scenario { get; init; }

    /// <summary>Part of the log, by requests in the order of their decisions, that is not learned from: the latest ones.</summary>
    public double HeldOut { get; init; } = 0.3;

    /// <summary>Of what is drawn.</summary>
    public ulong Seed { get; init; } = 1;
}
