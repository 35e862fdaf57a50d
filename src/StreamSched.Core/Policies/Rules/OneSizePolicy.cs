using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>Models of one size of the task, and never another: the earliest placement of them to finish, or none.</summary>
/// <param name="name">Its name.</param>
/// <param name="size">The size: <see cref="ModelSize.Smallest"/> or <see cref="ModelSize.Largest"/>.</param>
internal sealed class OneSizePolicy(string name, Func<Candidates, float, float> size) : ISchedulingPolicy
{
    public string Name => name;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> accuracy = c.RegisteredAccuracy, slack = c.Slack;
        Vector256<float> wanted = Vector256.Create(size(c, context.Request.MinAccuracy));

        // Another size is not worth placing at any price, also for exploration.
        for (int i = 0; i < score.Length; i += Columns.Lanes)
        {
            Vector256<float> same = Vector256.Equals(Columns.Load(accuracy, i), wanted);
            Columns.Store(Vector256.ConditionalSelect(same, Columns.Load(slack, i), Vector256.Create(float.NegativeInfinity)), score, i);
        }

        int best = Ranking.Best(c);
        return best < 0 ? Choice.Reject : new Choice(best);
    }
}
