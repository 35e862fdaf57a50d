namespace StreamSched.Analysis.Estimation;

/// <summary>
/// What off-policy estimators see of a log: one entry per round. Rewards in any unit; weights are π(a|x) / propensity of the action that was taken, over the
/// probability that the round is in the log at all.
/// </summary>
/// <param name="Reward">[n] what came of the action taken.</param>
/// <param name="Weight">[n] importance weights, not negative.</param>
/// <param name="Modelled">[n] what a model of outcomes expects of the action taken; empty: there is no model.</param>
/// <param name="Direct">[n] Σ π(a|x) · what the model expects of a.</param>
internal sealed record LoggedRounds(double[] Reward, double[] Weight, double[] Modelled, double[] Direct)
{
    /// <summary>How many rounds.</summary>
    public int Count => Reward.Length;

    /// <summary>(Σ w)² / Σ w²: how many rounds of the evaluated policy the log is worth; 0 without any weight.</summary>
    public double EffectiveSampleSize
    {
        get
        {
            double sum = 0, squares = 0;
            foreach (double w in Weight) (sum, squares) = (sum + w, squares + (w * w));
            return squares > 0 ? sum * sum / squares : 0;
        }
    }

    /// <summary>Makes it of a fixed set of actions.</summary>
    /// <param name="reward">[n]; kept.</param>
    /// <param name="action">[n] index of the action taken.</param>
    /// <param name="propensity">[n] its probability when it was taken, in (0, 1].</param>
    /// <param name="policy">[n, actions] the evaluated policy's probabilities, row by row.</param>
    /// <param name="modelled">[n, actions] what a model expects, row by row; empty: there is no model.</param>
    /// <param name="actions">How many actions.</param>
    public static LoggedRounds Of(
        double[] reward, ReadOnlySpan<int> action, ReadOnlySpan<double> propensity, ReadOnlySpan<double> policy, ReadOnlySpan<double> modelled,
        int actions)
    {
        int n = reward.Length;
        double[] weight = GC.AllocateUninitializedArray<double>(n), taken = GC.AllocateUninitializedArray<double>(modelled.IsEmpty ? 0 : n);
        LoggedRounds rounds = new(reward, weight, taken, GC.AllocateUninitializedArray<double>(taken.Length));
        rounds.Judge(action, propensity, policy, modelled, actions);
        return rounds;
    }

    /// <summary>Makes these rounds those of another policy on the same log, in the same arrays; whether there is a model stays as it is.</summary>
    /// <param name="action">[n] index of the action taken.</param>
    /// <param name="propensity">[n] its probability when it was taken, in (0, 1].</param>
    /// <param name="policy">[n, actions] the evaluated policy's probabilities, row by row.</param>
    /// <param name="modelled">[n, actions] what a model expects, row by row; not read where there is no model.</param>
    /// <param name="actions">How many actions.</param>
    public void Judge(
        ReadOnlySpan<int> action, ReadOnlySpan<double> propensity, ReadOnlySpan<double> policy, ReadOnlySpan<double> modelled, int actions)
    {
        for (int i = 0; i < Weight.Length; i++) Weight[i] = policy[(i * actions) + action[i]] / propensity[i];
        for (int i = 0; i < Modelled.Length; i++)
        {
            Modelled[i] = modelled[(i * actions) + action[i]];
            Direct[i] = Dot(policy.Slice(i * actions, actions), modelled.Slice(i * actions, actions));
        }
    }

    private static double Dot(ReadOnlySpan<double> policy, ReadOnlySpan<double> modelled)
    {
        double sum = 0;
        for (int a = 0; a < policy.Length; a++) sum += policy[a] * modelled[a];
        return sum;
    }
}
