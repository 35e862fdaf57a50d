using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Experiments;

/// <summary>
/// The search of the simple rules' parameters: how careful the mask is for them (by how many standard deviations a candidate may, or must not, be late on the mean), and the threshold
/// on the queue. Topologies and seeds are those of training.
/// </summary>
internal static class BaselineSearch
{
    private const ulong TrainingSeed = 40_001;
    private static readonly float[] Deviations = [0.5f, 0, -0.5f, -1, -2];
    private static readonly float[] Thresholds = [0.03f, 0.1f, 0.3f];

    /// <summary>The rules whose parameters are searched.</summary>
    public static IReadOnlyList<string> Rules { get; } =
    [
        PolicyNames.OneStepImprovement, PolicyNames.EarliestFinish, PolicyNames.LeastLoaded, PolicyNames.MostAccurate, PolicyNames.DeadlineFarthest, PolicyNames.ThresholdOnQueue,
    ];

    /// <summary>Every rule with every value.</summary>
    public static ExperimentPlan Plan(ExperimentInputs inputs)
    {
        IEnumerable<PolicyEntry> entries =
            from rule in inputs.Policies
            from share in rule.Name == PolicyNames.ThresholdOnQueue ? Thresholds : [float.NaN]
            from deviations in Deviations
            select rule with
            {
                Name = FormattableString.Invariant($"{rule.Name}{(float.IsNaN(share) ? "" : $" {share}")} mask {deviations}"),
                Settings = rule.Settings with { Prediction = rule.Settings.Prediction with { MaskDeviations = deviations } },
                Create = float.IsNaN(share) ? rule.Create : _ => PolicyCatalogue.ThresholdOnQueue(share),
            };
        return new ExperimentPlan
        {
            Scenarios = [.. NamedExperiments.Cells(inputs, ["aset-dc-cloud", "aset-co-dc-cloud", "aset"], [0.9, 1.5], ["steady"]).Select(c => c with { Seed = TrainingSeed })],
            Policies = [.. entries], Bound = null,
        };
    }
}
