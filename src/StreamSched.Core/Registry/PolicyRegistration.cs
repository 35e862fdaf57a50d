using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;

namespace StreamSched.Core.Registry;

/// <summary>A policy that users can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it does, in a line.</param>
public sealed record PolicyRegistration(string Name, string Summary)
{
    /// <summary>Makes it, given parameters of the price rule and a seed of what it draws first; null: it needs a file.</summary>
    public Func<PriceParameters, ulong, ISchedulingPolicy>? Create { get; init; }

    /// <summary>
    /// Makes it from the network of a file, with the constants of the rule that are in force; null: it has no network. Throws <see cref="PolicyFileException"/>
    /// where the network does not fit.
    /// </summary>
    public Func<PolicyFile, RuleConstants, ISchedulingPolicy>? Read { get; init; }

    /// <summary>The layout of features that this build computes for its network; 0: it has none.</summary>
    public int FeatureLayout { get; init; }

    /// <summary>Whether it learns from results while it serves.</summary>
    public bool Learns { get; init; }

    /// <summary>Whether its choice depends on nothing but what full records hold, so that it can be taken again from them. Not
    /// one that remembers, or looks at more.</summary>
    public bool IsReplayable { get; init; }

    /// <summary>Whether it can be asked what it would choose in a recorded decision, as its file has it and without what it learns while it serves.</summary>
    public bool IsAskable { get; init; }

    /// <summary>What <c>streamsched train</c> calls those who train it; empty: nobody does.</summary>
    public IReadOnlyList<string> TrainedBy { get; init; } = [];

    /// <summary>Whether it comes in a file only.</summary>
    public bool NeedsFile => Create is null;
}
