using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// The farthest candidate that still meets the deadline, so that what is near stays free for the urgent; among equally far ones the earliest to finish.
/// </summary>
internal sealed class DeadlineFarthestPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.DeadlineFarthest;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> networkOut = c.NetworkOut, networkBack = c.NetworkBack, slack = c.Slack;

        // The mask holds only what meets the deadline.
        for (int i = 0; i < score.Length; i += Columns.Lanes)
            Columns.Store(Columns.Load(networkOut, i) + Columns.Load(networkBack, i) + (Ranking.TieBreak * Columns.Load(slack, i)), score, i);
        return new Choice(Ranking.Best(c));
    }
}
