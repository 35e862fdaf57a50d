namespace StreamSched.Core.Scheduling.Policies;

/// <summary>ASET's <c>random-proportional-load</c>: P ∝ C_v / L (arXiv 2301.13618). L over C is the processor's utilisation in the view, since variants share it; an idle one counts as loaded to a hundredth.</summary>
internal sealed class RandomProportionalLoadPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.RandomProportionalLoad;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        Span<float> weight = c.Probability;
        ReadOnlySpan<int> processor = c.Processor;
        ReadOnlySpan<float> load = context.View.Utilisation;
        for (int i = 0; i < score.Length; i++) weight[i] = 1 / Math.Max(load[processor[i]], Idle);
        return Ranking.Proportional(ref context);
    }

    // Without it the first idle processor would get everything, and two of them would be infinity over infinity.
    private const float Idle = 0.01f;
}
