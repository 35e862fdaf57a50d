namespace StreamSched.Core.Scheduling.Policies;

/// <summary>ASET's <c>random-proportional-latency</c>: P ∝ 1 / (2d' + D_v) (arXiv 2301.13618).</summary>
internal sealed class RandomProportionalLatencyPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.RandomProportionalLatency;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        Span<float> weight = c.Probability;
        ReadOnlySpan<float> solo = c.Solo;
        for (int i = 0; i < score.Length; i++) weight[i] = 1 / (c.RoundTrip(i) + Math.Max(solo[i], 1e-6f));
        return Ranking.Proportional(ref context);
    }
}
