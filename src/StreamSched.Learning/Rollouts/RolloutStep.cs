using StreamSched.Core.Rollouts;

namespace StreamSched.Learning.Rollouts;

/// <summary>A step of a roll-out with what it rests on; the latest one is all that a successor needs (<see cref="Rollout.Restore"/>).</summary>
public sealed record RolloutStep
{
    /// <summary>Grows by one with each step.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was taken, µs since 1970.</summary>
    public required long At { get; init; }

    /// <summary>Where the challenger stands.</summary>
    public required RolloutState State { get; init; }

    /// <summary>The policy that serves.</summary>
    public required PolicyVersion Champion { get; init; }

    /// <summary>The policy that this step is about, where it does not serve.</summary>
    public PolicyVersion? Challenger { get; init; }

    /// <summary>The policy that served before.</summary>
    public PolicyVersion? Former { get; init; }

    /// <summary>The policy that served before anything was learned, where windows show what learning is worth; null: none do.</summary>
    public PolicyVersion? Baseline { get; init; }

    /// <summary>Which windows belong to whom; null: all are the champion's.</summary>
    public WindowPlan? Windows { get; init; }

    /// <summary>What it rests on.</summary>
    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    /// <summary>A person has stopped roll-outs.</summary>
    public bool Frozen { get; init; }

    /// <summary>Who took the step: a learner's id, or a person.</summary>
    public string By { get; init; } = "";

    /// <summary>The step in words.</summary>
    public string Reason { get; init; } = "";
}
