namespace StreamSched.Core.Scheduling.Policies;

/// <summary>Of two feasible candidates drawn at random the one that finishes earlier (Mitzenmacher 2001).</summary>
internal sealed class PowerOfTwoPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.PowerOfTwo;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        ReadOnlySpan<int> mask = c.Mask;
        ReadOnlySpan<float> slack = c.Slack;
        int n = c.Feasible, first = context.NextInt32(n), second = n == 1 ? first : (first + 1 + context.NextInt32(n - 1)) % n;
        int a = -1, b = -1, seen = 0;
        for (int i = 0; i < c.Count; i++)
        {
            if (mask[i] == 0) continue;
            if (seen == first) a = i;
            if (seen == second) b = i;
            seen++;
        }

        slack.CopyTo(c.Score);
        int chosen = slack[b] > slack[a] ? b : a;
        return new Choice(chosen, Probabilities(ref context, chosen));
    }

    // The candidate of rank k among n (0: the worst) wins against the k below it, in 2k of the n (n - 1) ordered pairs; equals share.
    private static float Probabilities(ref DecisionContext context, int chosen)
    {
        Prediction.Candidates c = context.Candidates;
        context.IsStochastic = false;
        int n = c.Feasible;
        if (n == 1) return 1;
        float mine = c.Slack[chosen];
        int below = 0, equal = 0;
        for (int i = 0; i < c.Count; i++)
        {
            if (c.Mask[i] == 0 || i == chosen) continue;
            if (c.Slack[i] < mine) below++;
            else if (c.Slack[i] == mine) equal++;
        }

        return ((2f * below) + equal) / ((float)n * (n - 1));
    }
}
