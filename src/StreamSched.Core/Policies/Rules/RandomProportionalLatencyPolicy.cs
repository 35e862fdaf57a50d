using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>random-proportional-latency</c>: P ∝ 1 / (2d' + D_v) (arXiv 2301.13618).</summary>
internal sealed class RandomProportionalLatencyPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.RandomProportionalLatency;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> weight = c.Probability;
        ReadOnlySpan<float> solo = c.Solo;
        c.RoundTrips(weight);
        for (int i = 0; i < weight.Length; i += Columns.Lanes)
            Columns.Store(Vector256<float>.One / (Columns.Load(weight, i) + Vector256.Max(Columns.Load(solo, i), Vector256.Create(1e-6f))), weight, i);
        return Ranking.Proportional(ref context);
    }
}
