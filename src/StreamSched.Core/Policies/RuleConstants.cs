using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies;

/// <summary>The few constants of the price rule, wherever they act: in the view, in the predictions and in the choice. What a policy file may bring
/// along.</summary>
public sealed record RuleConstants
{
    /// <summary>η: weight of the capacity price.</summary>
    public float CapacityWeight { get; init; } = 1;

    /// <summary>ū: the utilisation above which a processor's virtual queue grows, in (0, 1].</summary>
    public float TargetUtilisation { get; init; } = 1;

    /// <summary>σ0, k1, k2 and k3: the curve from slack to probability.</summary>
    public OnTimeModel OnTime { get; init; } = new();

    /// <summary>θ, h and T.</summary>
    public PriceParameters Price { get; init; } = new();

    /// <summary>All that is wrong with them, in words; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (!(CapacityWeight >= 0) || !float.IsFinite(CapacityWeight)) errors.Add($"capacityWeight: {CapacityWeight} is not a number from 0 on");
        if (TargetUtilisation is not (> 0 and <= 1)) errors.Add($"targetUtilisation: {TargetUtilisation} is not in (0, 1]");
        if (Price.Temperature is not (> 0 and < float.PositiveInfinity)) errors.Add($"temperature: {Price.Temperature} is not positive");
        if (!float.IsFinite(Price.RejectScore)) errors.Add($"rejectScore: {Price.RejectScore} is not a number");
        if (OnTime.Floor is not (> 0 and < float.PositiveInfinity)) errors.Add($"deviationFloor: {OnTime.Floor} is not positive");
        if (!(OnTime.PerBatchTime >= 0) || !float.IsFinite(OnTime.PerBatchTime))
            errors.Add($"deviationPerRun: {OnTime.PerBatchTime} is not a number from 0 on");
        if (!(OnTime.PerNetwork >= 0) || !float.IsFinite(OnTime.PerNetwork)) errors.Add($"deviationPerNetwork: {OnTime.PerNetwork} is not a number from 0 on");
        if (!(OnTime.PerBacklog >= 0) || !float.IsFinite(OnTime.PerBacklog)) errors.Add($"deviationPerBacklog: {OnTime.PerBacklog} is not a number from 0 on");
        if (!(Price.Hazard >= 0) || !float.IsFinite(Price.Hazard)) errors.Add($"hazard: {Price.Hazard} is not a number from 0 on");
        return errors;
    }
}
