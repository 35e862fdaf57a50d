using StreamSched.Core.Policies;

namespace StreamSched.Learning.Rollouts;

/// <summary>What came of a request, as far as a roll-out is judged by it.</summary>
public readonly record struct RolloutOutcome
{
    /// <summary>
    /// When the request came, µs since 1970. It belongs to the window of this instant, since arms do not change when requests come; where nobody has told
    /// it, the instant of the decision stands in.
    /// </summary>
    public long Created { get; init; }

    /// <summary>The arm that decided, as its scheduler has recorded it.</summary>
    public Arm Arm { get; init; }

    /// <summary>The window in which it was decided, as its scheduler has recorded it; -1: none.</summary>
    public long Window { get; init; }

    /// <summary>What the answer was worth.</summary>
    public double Value { get; init; }

    /// <summary>Whether an answer came too late or never.</summary>
    public bool Missed { get; init; }

    /// <summary>Whether the scheduler rejected it.</summary>
    public bool Rejected { get; init; }

    /// <summary>Whether its work failed.</summary>
    public bool Failed { get; init; }

    /// <summary>What the challenger would have done.</summary>
    public ShadowOutcome Shadow { get; init; }

    /// <summary>Whether the answer was in time.</summary>
    internal bool OnTime => !(Missed || Rejected || Failed);
}
