namespace StreamSched.Core.Scheduling.Policies;

/// <summary>The most accurate model whose predicted waiting is at most a share of the time that is left; where none is that quick, the earliest to finish. Of equals the earliest to finish.</summary>
internal sealed class ThresholdOnQueuePolicy(float share = 0.1f) : ISchedulingPolicy
{
    public string Name => PolicyNames.ThresholdOnQueue;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> accuracy = c.Accuracy, waiting = c.Waiting, slack = c.Slack;
        float longest = share * c.Remaining;

        // Whatever has a short queue is above whatever has none, and a thousandth of the slack breaks ties.
        for (int i = 0; i < score.Length; i++) score[i] = waiting[i] <= longest ? 10 + accuracy[i] + (0.001f * slack[i]) : slack[i];
        return new Choice(Ranking.Best(c));
    }
}
