using System.Numerics;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>Of two feasible candidates drawn at random the one that finishes earlier (Mitzenmacher 2001).</summary>
internal sealed class PowerOfTwoPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.PowerOfTwo;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ReadOnlySpan<float> slack = c.Slack;
        int n = c.Feasible, first = context.NextInt32(n), second = n == 1 ? first : (first + 1 + context.NextInt32(n - 1)) % n;
        int a = Ranking.Nth(c, first), b = Ranking.Nth(c, second);
        slack.CopyTo(c.Score);
        int chosen = slack[b] > slack[a] ? b : a;
        return new Choice(chosen, Probabilities(ref context, chosen));
    }

    // The candidate of rank k among n (0: the worst) wins against the k below it, in 2k of the n (n - 1) ordered pairs; equals share.
    private static float Probabilities(ref DecisionContext context, int chosen)
    {
        Candidates c = context.Candidates;
        context.IsStochastic = false;
        int n = c.Feasible;
        if (n == 1) return 1;
        Vector256<float> mine = Vector256.Create(c.Slack[chosen]);
        int below = 0, equal = -1; // itself
        for (int i = 0; i < c.Padded; i += Columns.Lanes)
        {
            Vector256<float> slack = Columns.Load(c.Slack, i), feasible = Columns.Load(c.Mask, i).AsSingle();
            below += BitOperations.PopCount((Vector256.LessThan(slack, mine) & feasible).ExtractMostSignificantBits());
            equal += BitOperations.PopCount((Vector256.Equals(slack, mine) & feasible).ExtractMostSignificantBits());
        }

        return ((2f * below) + equal) / ((float)n * (n - 1));
    }
}
