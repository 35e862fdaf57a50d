namespace StreamSched.Core.Scheduling.Policies;

/// <summary>ASET's <c>least-impedance</c>: the smallest network round trip (mean plus two deviations) plus run time, whatever waits (arXiv 2301.13618).</summary>
internal sealed class LeastImpedancePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LeastImpedance;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> networkOut = c.NetworkOut, networkBack = c.NetworkBack, run = c.Run;
        for (int i = 0; i < score.Length; i++) score[i] = -(networkOut[i] + networkBack[i] + (2 * c.Jitter(i)) + run[i]);
        return new Choice(Ranking.Best(c));
    }
}
