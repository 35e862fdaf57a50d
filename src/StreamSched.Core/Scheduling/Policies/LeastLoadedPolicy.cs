namespace StreamSched.Core.Scheduling.Policies;

/// <summary>The processor that is free the soonest; among equal ones the earliest to finish.</summary>
internal sealed class LeastLoadedPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LeastLoaded;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        ReadOnlySpan<int> processor = c.Processor;
        ReadOnlySpan<float> backlog = context.View.Backlog, completion = c.Completion;
        Span<float> score = c.Score;

        // A thousandth of the completion breaks the ties of idle processors.
        for (int i = 0; i < score.Length; i++) score[i] = -(backlog[processor[i]] + (0.001f * completion[i]));
        return new Choice(Ranking.Best(c));
    }
}
