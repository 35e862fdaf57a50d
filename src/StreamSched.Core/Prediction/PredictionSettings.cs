namespace StreamSched.Core.Prediction;

/// <summary>How predictions and the mask are made.</summary>
public sealed record PredictionSettings
{
    /// <summary>The curve from slack to probability.</summary>
    public OnTimeModel OnTime { get; init; } = new();

    /// <summary>What a request is predicted to wait for; null: as the policy has it.</summary>
    public WaitingRule? Waiting { get; init; }

    /// <summary>What makes a placement feasible.</summary>
    public FeasibilityRule Mask { get; init; }

    /// <summary>Widens the mask: a placement stays feasible while its mean completion misses the deadline by at most this many standard deviations.</summary>
    public float MaskDeviations { get; init; }

    /// <summary>Site that work is sent out from; null: the device's own, as where every access site has its scheduler.</summary>
    public int? SchedulerSite { get; init; }
}
