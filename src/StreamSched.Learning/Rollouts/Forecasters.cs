using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Rollouts;

/// <summary>
/// Compares two forecasts of the same placements, whoever chose them, by the mean difference of their logarithmic scores (Choe, Ramdas, arXiv 2110.00115).
/// Logits are clipped, so a difference is bounded: that of the scores at ±4 is 4.
/// </summary>
/// <param name="alpha">Probability that any interval misses.</param>
internal sealed class Forecasters(double alpha)
{
    private const float MostLogit = 4;
    private readonly BoundedSequence _worse = new(-MostLogit, MostLogit, alpha);

    /// <summary>By how much the challenger's score is worse, in nats.</summary>
    public Evidence Worse => _worse.Evaluate("forecasters");

    /// <summary>Takes in two forecasts of one placement.</summary>
    /// <param name="champion">The champion's logit that it is on time, finite.</param>
    /// <param name="challenger">The challenger's, finite.</param>
    /// <param name="onTime">Whether it was.</param>
    public void Add(float champion, float challenger, bool onTime) => _worse.Add(Loss(challenger, onTime) - Loss(champion, onTime));

    private static float Loss(float logit, bool onTime) => LogarithmicScore.Loss(Math.Clamp(logit, -MostLogit, MostLogit), onTime ? 1 : 0);
}
