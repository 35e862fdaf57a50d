using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies;

/// <summary>What was decided for one request. The candidates that it was chosen from are handed on beside it, for as long as the call lasts.</summary>
public readonly struct Decision
{
    /// <summary>Index of the placement in the view; -1: rejected.</summary>
    public required int Placement { get; init; }

    /// <summary>Index among the candidates; -1: rejected.</summary>
    public required int Candidate { get; init; }

    /// <summary>Names the request while it is under way; -1: rejected.</summary>
    public required int Handle { get; init; }

    /// <summary>Why it was rejected.</summary>
    public required RejectReason Reason { get; init; }

    /// <summary>Probability of this choice under the mixture of policy and exploration.</summary>
    public required float Propensity { get; init; }

    /// <summary>Whether exploration drew it.</summary>
    public required bool Explored { get; init; }

    /// <summary>Name of the policy that chose.</summary>
    public required string Policy { get; init; }

    /// <summary>Whether another policy than the one in force chose, since that one failed.</summary>
    public bool IsStandIn { get; init; }

    /// <summary>Version of the policy in force, also where the fallback chose.</summary>
    public required int PolicyVersion { get; init; }

    /// <summary>Whose turn it was.</summary>
    public Arm Arm { get; init; }

    /// <summary>Number of the window in which it was; -1: none is planned.</summary>
    public int Window { get; init; }

    /// <summary>What the policy in the shadow would have done.</summary>
    public ShadowChoice Shadow { get; init; }

    /// <summary>State of the generator before the draws.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether the request is to be sent.</summary>
    public bool IsPlaced => Placement >= 0;
}
