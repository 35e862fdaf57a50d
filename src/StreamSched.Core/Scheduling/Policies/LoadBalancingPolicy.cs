namespace StreamSched.Core.Scheduling.Policies;

/// <summary>ASET's <c>load-balancing</c>: argmin load (arXiv 2301.13618). Load is the processor's utilisation in the view, since variants share it; of equals the earliest to finish.</summary>
internal sealed class LoadBalancingPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LoadBalancing;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<int> processor = c.Processor;
        ReadOnlySpan<float> load = context.View.Utilisation;
        for (int i = 0; i < score.Length; i++) score[i] = -load[processor[i]];
        return new Choice(Ranking.BestThenEarliest(c));
    }
}
