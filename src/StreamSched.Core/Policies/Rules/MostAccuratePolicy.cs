using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>The most accurate feasible candidate; among equally accurate ones the earliest to finish.</summary>
internal sealed class MostAccuratePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.MostAccurate;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ReadOnlySpan<float> accuracy = c.Accuracy, slack = c.Slack;
        Span<float> score = c.Score;

        // No two variants are nearer to each other in accuracy than the tie-break is worth.
        for (int i = 0; i < score.Length; i += Columns.Lanes) Columns.Store(Columns.Load(accuracy, i) + (Ranking.TieBreak * Columns.Load(slack, i)), score, i);
        return new Choice(Ranking.Best(c));
    }
}
