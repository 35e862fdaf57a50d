namespace StreamSched.Core.Scheduling.Policies;

/// <summary>The smallest model of the task that is accurate enough, and never another: the earliest placement of it to finish, or none. A model with less accuracy counts as smaller.</summary>
internal sealed class AlwaysSmallPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.AlwaysSmall;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> accuracy = c.Accuracy, slack = c.Slack;
        float size = ModelSize.Smallest(c, context.Request.MinAccuracy);

        // Another size is not worth placing at any price, also for exploration.
        for (int i = 0; i < score.Length; i++) score[i] = accuracy[i] == size ? slack[i] : float.NegativeInfinity;
        int best = Ranking.Best(c);
        return best < 0 ? Choice.Reject : new Choice(best);
    }
}
