namespace StreamSched.Core.Scheduling.Policies;

/// <summary>The largest model of the task, and never another: the earliest placement of it to finish, or none. A model with more accuracy counts as larger.</summary>
internal sealed class AlwaysLargePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.AlwaysLarge;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> accuracy = c.Accuracy, slack = c.Slack;
        float size = ModelSize.Largest(c, context.Request.MinAccuracy);

        // Another size is not worth placing at any price, also for exploration.
        for (int i = 0; i < score.Length; i++) score[i] = accuracy[i] == size ? slack[i] : float.NegativeInfinity;
        int best = Ranking.Best(c);
        return best < 0 ? Choice.Reject : new Choice(best);
    }
}
