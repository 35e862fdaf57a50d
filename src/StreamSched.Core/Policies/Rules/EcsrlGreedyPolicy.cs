using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// The least predicted energy and completion time by ECSRL's weights: what reinforcement learning for the same objective has to beat, since it knows the same
/// matrices and looks no further than the request itself.
/// </summary>
internal sealed class EcsrlGreedyPolicy : ISchedulingPolicy
{
    private static readonly EcsrlReward Objective = new();

    public string Name => PolicyNames.EcsrlGreedy;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        Vector256<float> perJoule = Vector256.Create(Objective.PerJoule), perSecond = Vector256.Create(Objective.PerSecond);
        for (int i = 0; i < score.Length; i += Columns.Lanes)
        {
            Vector256<float> joules = Columns.Load(c.ProcessorTime, i) * Columns.Load(c.Watts, i);
            Columns.Store(-((joules * perJoule) + (Columns.Load(c.Completion, i) * perSecond)), score, i);
        }

        return new Choice(Ranking.Best(c));
    }
}
