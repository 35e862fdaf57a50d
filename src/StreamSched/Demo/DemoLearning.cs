using StreamSched.Core.Cluster;
using StreamSched.Core.Rollouts;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Demo;

/// <summary>What learning has been worth in a run of the demo.</summary>
/// <param name="Worth">What the learner says of it: live less frozen, by windows in random order, in points of utility.</param>
/// <param name="Labels">Answers that were labelled.</param>
/// <param name="Phases">What devices have counted, by what had changed.</param>
/// <param name="Accuracies">What is believed of the variants.</param>
internal sealed record DemoLearning(
    DemoLearning.Interval Worth, long Labels, IReadOnlyList<DemoLearning.Phase> Phases, IReadOnlyList<DemoLearning.Variant> Accuracies)
{
    /// <summary>A difference, and bounds that hold whenever one looks; null: there are too few pairs for them.</summary>
    /// <param name="Pairs">Pairs of windows.</param>
    /// <param name="Points">The difference.</param>
    /// <param name="Lower">It is not below this.</param>
    /// <param name="Upper">It is not above this.</param>
    public sealed record Interval(long Pairs, double Points, double? Lower, double? Upper)
    {
        /// <summary>As a judge says it.</summary>
        /// <param name="evidence">What it says.</param>
        public static Interval Of(Evidence evidence) => new(evidence.Count, evidence.Estimate, Known(evidence.Lower), Known(evidence.Upper));

        private static double? Known(double bound) => double.IsFinite(bound) ? bound : null;
    }

    /// <summary>A part of the run.</summary>
    /// <param name="What">What had changed by then.</param>
    /// <param name="FromSeconds">When it begins.</param>
    /// <param name="Live">In windows of the policy with what was learned.</param>
    /// <param name="Frozen">In windows of the same policy as if nothing had been learned.</param>
    public sealed record Phase(string What, double FromSeconds, Count Live, Count Frozen);

    /// <summary>Requests of one side.</summary>
    /// <param name="Requests">How many were answered, or not, within the parts of its windows that count.</param>
    /// <param name="InTime">Share whose answer came in time.</param>
    /// <param name="RightAndInTime">Share whose answer was right, too.</param>
    public sealed record Count(long Requests, double InTime, double RightAndInTime);

    /// <summary>A model variant.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Site">Where; empty: everywhere.</param>
    /// <param name="Believed">Accuracy by labels.</param>
    /// <param name="Labels">How many labels that rests on.</param>
    /// <param name="Registered">Accuracy as its worker says.</param>
    /// <param name="Measured">Share of its latest answers that were right, by all true classes, which the learner does not have; NaN: there were none.</param>
    public sealed record Variant(string Name, string Site, double Believed, double Labels, double Registered, double Measured);

    /// <summary>How the learner stands.</summary>
    /// <param name="Windows">Whose window is when; null: nobody's yet.</param>
    /// <param name="Worth">What learning is worth so far.</param>
    /// <param name="Accuracies">What is believed of variants.</param>
    /// <param name="Labels">Labels that were learned from.</param>
    public sealed record Snapshot(WindowPlan? Windows, Evidence Worth, IReadOnlyList<AccuracyEstimate> Accuracies, long Labels);
}
