using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>random-proportional-load</c>: P ∝ C_v / L (arXiv 2301.13618). L over C is the processor's utilisation in the view, since variants share
/// it; an idle one counts as loaded to a hundredth.</summary>
internal sealed class RandomProportionalLoadPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.RandomProportionalLoad;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> weight = c.Probability;
        c.SpreadByProcessor(context.View.Utilisation, weight);
        for (int i = 0; i < weight.Length; i += Columns.Lanes)
            Columns.Store(Vector256<float>.One / Vector256.Max(Columns.Load(weight, i), Vector256.Create(Idle)), weight, i);
        return Ranking.Proportional(ref context);
    }

    // Without it the first idle processor would get everything, and two of them would be infinity over infinity.
    private const float Idle = 0.01f;
}
