namespace StreamSched.Core.Policies;

/// <summary>Which side of a roll-out serves in a window.</summary>
public enum Arm
{
    /// <summary>The policy in force.</summary>
    Champion,

    /// <summary>The policy on trial.</summary>
    Challenger,

    /// <summary>The policy that served before.</summary>
    HoldBack,
}
