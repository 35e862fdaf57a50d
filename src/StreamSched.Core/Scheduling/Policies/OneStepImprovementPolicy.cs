namespace StreamSched.Core.Scheduling.Policies;

/// <summary>
/// One step of policy improvement over random splitting: the smallest sum of the request's completion and of what it adds to the delay of those who come after it. With
/// arrivals split at random each processor is an M/G/1 queue, whose relative value of work u is λ u² / 2(1 - ρ) (Krishnan 1990; Hyytiä 2013).
/// </summary>
internal sealed class OneStepImprovementPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.OneStepImprovement;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<int> processor = c.Processor;
        ReadOnlySpan<float> backlog = context.View.Backlog, rate = context.View.ArrivalRate, utilisation = context.View.Utilisation, completion = c.Completion, use = c.Use;
        for (int i = 0; i < score.Length; i++)
        {
            int p = processor[i];

            // A hopelessly loaded queue has no relative value; what the curve gives at nine tenths is dear enough.
            float later = rate[p] * use[i] * (backlog[p] + (0.5f * use[i])) / (1 - Math.Min(utilisation[p], 0.9f));
            score[i] = -(completion[i] + later);
        }

        return new Choice(Ranking.Best(c));
    }
}
