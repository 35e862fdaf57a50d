namespace StreamSched.Core.Scheduling.Policies;

/// <summary>Any feasible candidate, each as likely.</summary>
internal sealed class RandomPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.Random;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        ReadOnlySpan<int> mask = c.Mask;
        Span<float> score = c.Score, probability = c.Probability;
        float share = 1f / c.Feasible;
        int draw = context.NextInt32(c.Feasible), chosen = -1;
        for (int i = 0; i < score.Length; i++)
        {
            score[i] = 0;
            probability[i] = mask[i] == 0 ? 0 : share;
            if (mask[i] != 0 && draw-- == 0) chosen = i;
        }

        context.IsStochastic = true;
        return new Choice(chosen, share);
    }
}
