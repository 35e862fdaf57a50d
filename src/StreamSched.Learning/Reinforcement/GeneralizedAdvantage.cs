namespace StreamSched.Learning.Reinforcement;

/// <summary>Generalised advantage estimation (Schulman, Moritz, Levine, Jordan, Abbeel 2016).</summary>
internal static class GeneralizedAdvantage
{
    /// <summary>A(t) = Σ (γλ)^k δ(t+k) within the episode, δ(t) = r(t) + γ V(t+1) - V(t).</summary>
    /// <param name="rewards">Rewards.</param>
    /// <param name="values">What the critic expected before each.</param>
    /// <param name="ends">Whether an episode ended with it.</param>
    /// <param name="bootstraps">V(t+1) where it ended: 0, or the critic's expectation where it was cut off.</param>
    /// <param name="lastValue">V after the last one, unless an episode ended there.</param>
    /// <param name="discount">γ.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="advantages">Filled; plus the value it is the return that the critic should expect.</param>
    public static void Compute(
        ReadOnlySpan<float> rewards, ReadOnlySpan<float> values, ReadOnlySpan<bool> ends, ReadOnlySpan<float> bootstraps, float lastValue, float discount,
        float lambda, Span<float> advantages)
    {
        float next = lastValue, following = 0;
        for (int t = rewards.Length - 1; t >= 0; t--)
        {
            if (ends[t]) (next, following) = (bootstraps[t], 0);
            float delta = rewards[t] + (discount * next) - values[t];
            following = delta + (discount * lambda * following);
            advantages[t] = following;
            next = values[t];
        }
    }
}
