using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>The largest model of the task, and never another: the earliest placement of it to finish, or none. A model with more accuracy counts as
/// larger.</summary>
internal sealed class AlwaysLargePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.AlwaysLarge;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> accuracy = c.Accuracy, slack = c.Slack;
        float size = ModelSize.Largest(c, context.Request.MinAccuracy);

        // Another size is not worth placing at any price, also for exploration.
        for (int i = 0; i < score.Length; i += Columns.Lanes)
        {
            Vector256<float> same = Vector256.Equals(Columns.Load(accuracy, i), Vector256.Create(size));
            Columns.Store(Vector256.ConditionalSelect(same, Columns.Load(slack, i), Vector256.Create(float.NegativeInfinity)), score, i);
        }

        int best = Ranking.Best(c);
        return best < 0 ? Choice.Reject : new Choice(best);
    }
}
