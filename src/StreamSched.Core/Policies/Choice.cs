namespace StreamSched.Core.Policies;

/// <summary>What a policy chose.</summary>
/// <param name="Index">Index among the candidates, or -1 to reject.</param>
/// <param name="Propensity">With which probability the policy makes this choice here; 1 for a deterministic one.</param>
public readonly record struct Choice(int Index, float Propensity = 1)
{
    /// <summary>Refuses the request.</summary>
    public static readonly Choice Reject = new(-1);

    /// <summary>Whether the request is refused.</summary>
    public bool IsReject => Index < 0;
}
