using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>The most accurate model whose predicted waiting is at most a share of the time that is left; where none is that quick, the earliest to finish. Of
/// equals the earliest to finish.</summary>
internal sealed class ThresholdOnQueuePolicy(float share = 0.1f) : ISchedulingPolicy
{
    public string Name => PolicyNames.ThresholdOnQueue;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> accuracy = c.RegisteredAccuracy, waiting = c.Waiting, slack = c.Slack;
        float longest = share * c.Remaining;

        // Whatever has a short queue is above whatever has none.
        for (int i = 0; i < score.Length; i += Columns.Lanes)
        {
            Vector256<float> left = Columns.Load(slack, i), large = Vector256.Create(10f) + Columns.Load(accuracy, i) + (Ranking.TieBreak * left);
            Columns.Store(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(Columns.Load(waiting, i), Vector256.Create(longest)), large, left), score, i);
        }

        return new Choice(Ranking.Best(c));
    }
}
