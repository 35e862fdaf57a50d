using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// A policy that was learned from a log, kept to what the log supports: where the log had too little like what it finds best, the policy that logged decides
/// (as Laroche, Trichelair, Tachet des Combes, ICML 2019, improve a policy safely: where counts are low, the baseline's choice stays). Which of the two decides
/// follows from the decision alone, so propensities are those of the one that does.
/// </summary>
/// <param name="learned">What was learned.</param>
/// <param name="baseline">Who logged.</param>
/// <param name="grid">The cells.</param>
/// <param name="supported">[cells] those in which the log had enough.</param>
internal class SupportedPolicy(ISchedulingPolicy learned, ISchedulingPolicy baseline, SupportGrid grid, bool[] supported) : IFeaturePolicy
{
    /// <inheritdoc/>
    public string Name => learned.Name;

    /// <summary>As for the policy that logged: what was learned has seen no other predictions.</summary>
    public WaitingRule Waiting => baseline.Waiting;

    /// <inheritdoc/>
    public FirstPassRule? FirstPass => learned.FirstPass is { } rule && baseline.FirstPass is not null ? rule : null;

    /// <inheritdoc/>
    public int FeatureLayout => (learned as IFeaturePolicy)?.FeatureLayout ?? 0;

    protected ISchedulingPolicy Learned => learned;

    protected ISchedulingPolicy Baseline => baseline;

    /// <summary>Makes one.</summary>
    /// <param name="learned">What was learned.</param>
    /// <param name="baseline">Who logged.</param>
    /// <param name="grid">The cells.</param>
    /// <param name="supported">[cells] those in which the log had enough.</param>
    public static ISchedulingPolicy Of(ISchedulingPolicy learned, ISchedulingPolicy baseline, SupportGrid grid, bool[] supported) =>
        learned is ILearningPolicy || baseline is ILearningPolicy
            ? new Learning(learned, baseline, grid, supported) : new SupportedPolicy(learned, baseline, grid, supported);

    /// <inheritdoc/>
    public ReadOnlySpan<float> SeenOf(int candidate) => learned is IFeaturePolicy policy ? policy.SeenOf(candidate) : [];

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Candidates candidates = context.Candidates;
        DecisionContext asked = context; // who decides in the end has the same draws as if it had been asked alone
        Choice choice = learned.Choose(ref asked);
        int cell = grid.CellOf(candidates, context.View, Ranking.BestAbove(candidates, asked.RejectScore));
        if (cell != SupportGrid.Outside && supported[cell])
        {
            context = asked;
            return choice;
        }

        candidates.HasCorrection = false;
        return baseline.Choose(ref context);
    }

    /// <summary>The same where one of the two learns while it serves.</summary>
    private sealed class Learning(ISchedulingPolicy learned, ISchedulingPolicy baseline, SupportGrid grid, bool[] supported)
        : SupportedPolicy(learned, baseline, grid, supported), ILearningPolicy
    {
        public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision)
        {
            (Learned as ILearningPolicy)?.Decided(request, candidates, view, decision);
            (Baseline as ILearningPolicy)?.Decided(request, candidates, view, decision);
        }

        public void Ended(int handle, in DecisionOutcome outcome)
        {
            (Learned as ILearningPolicy)?.Ended(handle, outcome);
            (Baseline as ILearningPolicy)?.Ended(handle, outcome);
        }
    }
}
