using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>The processor that is free the soonest; among equal ones the earliest to finish.</summary>
internal sealed class LeastLoadedPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LeastLoaded;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ReadOnlySpan<float> completion = c.Completion;
        Span<float> score = c.Score;
        c.SpreadByProcessor(context.View.Backlog, score);

        // Idle processors are equal in their load.
        for (int i = 0; i < score.Length; i += Columns.Lanes)
            Columns.Store(-(Columns.Load(score, i) + (Ranking.TieBreak * Columns.Load(completion, i))), score, i);
        return new Choice(Ranking.Best(c));
    }
}
