using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>Any feasible candidate, each as likely.</summary>
internal sealed class RandomPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.Random;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ReadOnlySpan<int> mask = c.Mask;
        Span<float> score = c.Score, probability = c.Probability;
        float share = 1f / c.Feasible;
        int draw = context.NextInt32(c.Feasible);
        score.Clear();
        for (int i = 0; i < score.Length; i += Columns.Lanes) Columns.Store(Vector256.Create(share) & Columns.Load(mask, i).AsSingle(), probability, i);
        context.IsStochastic = true;
        return new Choice(Ranking.Nth(c, draw), share);
    }
}
