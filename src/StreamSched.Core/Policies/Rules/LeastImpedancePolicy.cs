using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>least-impedance</c>: argmin 2d' + D_v, whatever waits (arXiv 2301.13618); of equals the earliest to finish.</summary>
internal sealed class LeastImpedancePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LeastImpedance;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> solo = c.Solo;
        c.RoundTrips(score);
        for (int i = 0; i < score.Length; i += Columns.Lanes) Columns.Store(-(Columns.Load(score, i) + Columns.Load(solo, i)), score, i);
        return new Choice(Ranking.BestThenEarliest(c));
    }
}
