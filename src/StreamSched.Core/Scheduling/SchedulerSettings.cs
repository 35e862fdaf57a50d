using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;

namespace StreamSched.Core.Scheduling;

/// <summary>How a scheduler decides.</summary>
public sealed record SchedulerSettings
{
    /// <summary>The policy that chooses.</summary>
    public string Policy { get; init; } = PolicyNames.Price;

    /// <summary>Makes the policy where it is not one of the catalogue, such as one from a file; null: <see cref="Policy"/> names it.</summary>
    public Func<PreparedPolicy>? Prepare { get; init; }

    /// <summary>Version of that policy, for the records.</summary>
    public int PolicyVersion { get; init; } = 1;

    /// <summary>The policy that steps in when the first one fails.</summary>
    public string Fallback { get; init; } = PolicyNames.EarliestFinish;

    /// <summary>ε: share of the requests that is placed at random among what the policy finds worth it. 0..1.</summary>
    public float Exploration { get; init; } = 0.01f;

    /// <summary>Whether what a network would see of the candidates is there for the records after each decision, whichever policy chose.</summary>
    public bool RecordsFeatures { get; init; }

    /// <summary>What one choice may take; zero: not watched (simulation).</summary>
    public TimeSpan TimeBudget { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>After this many failures or overruns in a row the fallback takes over for a while.</summary>
    public int FailuresUntilFallback { get; init; } = 5;

    /// <summary>For so many decisions the fallback stays, then the policy is tried again.</summary>
    public int FallbackDecisions { get; init; } = 10_000;

    /// <summary>Seed of every draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What outcomes are worth.</summary>
    public ValueWeights Value { get; init; } = new();

    /// <summary>Parameters of the price rule.</summary>
    public PriceParameters Price { get; init; } = new();

    /// <summary>The constants of the price rule that these settings say, wherever they act.</summary>
    public RuleConstants Constants =>
        new() { CapacityWeight = View.CapacityWeight, TargetUtilisation = View.TargetUtilisation, OnTime = Prediction.OnTime, Price = Price };

    /// <summary>Predictions and mask.</summary>
    public PredictionSettings Prediction { get; init; } = new();

    /// <summary>The view.</summary>
    public ViewSettings View { get; init; } = new();

    /// <summary>The same with a policy that was read from a file in force from the start.</summary>
    /// <param name="policy">The policy.</param>
    public SchedulerSettings With(LoadedPolicy policy) =>
        this with { Policy = policy.Metadata.Name, PolicyVersion = policy.Metadata.Version, Prepare = policy.Prepare };

    /// <summary>All that is wrong with these settings, in words; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        string known = string.Join(", ", PolicyCatalogue.BuiltIn.Select(r => r.Name));
        if (Prepare is null && !PolicyCatalogue.IsBuiltIn(Policy)) errors.Add($"policy: there is no '{Policy}'; there are: {known}");
        if (PolicyCatalogue.Find(Fallback) is not { NeedsFile: false, Learns: false })
            errors.Add($"fallback: there is no '{Fallback}'; there are: {string.Join(", ", PolicyCatalogue.Rules.Select(r => r.Name))}");
        if (Exploration is not (>= 0 and <= 1)) errors.Add($"exploration: {Exploration} is not in 0..1");
        if (TimeBudget < TimeSpan.Zero) errors.Add($"timeBudget: {TimeBudget} is negative");
        if (FailuresUntilFallback < 1) errors.Add($"failuresUntilFallback: {FailuresUntilFallback} is not positive");
        if (Price.Temperature is not (> 0 and < float.PositiveInfinity)) errors.Add($"price.temperature: {Price.Temperature} is not positive");
        if (View.TargetUtilisation is not (> 0 and <= 1)) errors.Add($"view.targetUtilisation: {View.TargetUtilisation} is not in (0, 1]");
        if (View.RateTimeConstant is not > 0) errors.Add($"view.rateTimeConstant: {View.RateTimeConstant} is not positive");
        if (View.MeanWeight is not (> 0 and <= 1)) errors.Add($"view.meanWeight: {View.MeanWeight} is not in (0, 1]");
        if (View.Liveness.FreshPeriods is not > 0 || View.Liveness.DeadPeriods <= View.Liveness.FreshPeriods)
            errors.Add($"view.liveness: needs 0 < freshPeriods ({View.Liveness.FreshPeriods}) < deadPeriods ({View.Liveness.DeadPeriods})");
        return errors;
    }
}
