using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Simulation.Experiments;

/// <summary>
/// The search of the simple rules' parameters: how careful the mask is for them (by how many standard deviations a candidate may, or must not, be late on the
/// mean), what waiting they see, and the threshold on the queue. Topologies and seeds are those of training.
/// </summary>
internal static class BaselineSearch
{
    private const ulong TrainingSeed = 40_001;
    private static readonly float[] Deviations = [0.5f, 0, -0.5f, -1, -2];
    private static readonly float?[] Thresholds = [0.03f, 0.1f, 0.3f];

    /// <summary>The rules whose parameters are searched.</summary>
    public static IReadOnlyList<string> Rules { get; } =
    [
        PolicyNames.OneStepImprovement, PolicyNames.EarliestFinish, PolicyNames.LeastLoaded, PolicyNames.MostAccurate, PolicyNames.DeadlineFarthest,
        PolicyNames.ThresholdOnQueue,
    ];

    /// <summary>The rules with what the search found for them (2026-11-28): the best mean of both values, of the most accurate one the best accuracy.</summary>
    public static IReadOnlyList<PolicyEntry> Tuned { get; } =
    [
        .. from t in ((string Rule, float? Share, float Deviations, WaitingRule Waiting)[])
           [
               (PolicyNames.OneStepImprovement, null, -0.5f, WaitingRule.DueBefore), (PolicyNames.EarliestFinish, null, -0.5f, WaitingRule.DueBefore),
               (PolicyNames.LeastLoaded, null, -0.5f, WaitingRule.DueBefore), (PolicyNames.MostAccurate, null, -0.5f, WaitingRule.Everything),
               (PolicyNames.DeadlineFarthest, null, -0.5f, WaitingRule.Everything), (PolicyNames.ThresholdOnQueue, 0.03f, -0.5f, WaitingRule.DueBefore),
           ]
           select DerivedPolicies.Masked(PolicyEntry.Of(t.Rule), t.Share, t.Deviations, t.Waiting) with { Name = t.Rule + " tuned" },
    ];

    /// <summary>Every rule with every value.</summary>
    public static ExperimentPlan Plan(ExperimentInputs inputs)
    {
        IEnumerable<PolicyEntry> entries =
            from rule in inputs.Policies
            from share in rule.Name == PolicyNames.ThresholdOnQueue ? Thresholds : (float?[])[null]
            from deviations in Deviations
            from waiting in (WaitingRule[])[WaitingRule.Everything, WaitingRule.DueBefore]
            select DerivedPolicies.Masked(rule, share, deviations, waiting);
        return new ExperimentPlan
        {
            Scenarios = [.. NamedExperiments.Cells(inputs, ["aset-dc-cloud", "aset-co-dc-cloud", "aset"], [0.9, 1.5], ["steady"])
                .Select(c => c with { Seed = TrainingSeed })],
            Policies = [.. entries], Bound = null,
        };
    }
}
