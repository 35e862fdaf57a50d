using System.Runtime.Intrinsics;

namespace StreamSched.Core.Prediction;

/// <summary>
/// Probability that an answer is in time, from its slack: a logistic curve whose width grows with what is uncertain. P = 1 / (1 + exp(-1.7 · slack / σ)), σ =
/// σ0 + k1 · batch + max(k2 · network, what the network was measured to vary by) + k3 · what the unknown part of the backlog varies by; 1.7 makes the logistic
/// close to a normal distribution of standard deviation σ.
/// </summary>
public sealed record OnTimeModel
{
    internal const float Steepness = 1.7f;

    /// <summary>σ0: uncertainty that is always there, in seconds.</summary>
    public float Floor { get; init; } = 0.002f;

    /// <summary>k1: uncertainty per second of batch time.</summary>
    public float PerBatchTime { get; init; } = 1.6f;

    /// <summary>k2: uncertainty per second of network.</summary>
    public float PerNetwork { get; init; } = 0.13f;

    /// <summary>k3: uncertainty per second of standard deviation of the backlog.</summary>
    public float PerBacklog { get; init; } = 2;

    /// <summary>P.</summary>
    /// <param name="slack">Seconds.</param>
    /// <param name="deviation">σ in seconds.</param>
    public static float Probability(float slack, float deviation) => 1 / (1 + MathF.Exp(Math.Clamp(-Steepness * slack / deviation, -80, 80)));

    /// <summary>dP/dslack, per second.</summary>
    /// <param name="probability">P at that slack.</param>
    /// <param name="deviation">σ in seconds.</param>
    public static float Slope(float probability, float deviation) => Steepness / deviation * probability * (1 - probability);

    // σ in seconds of: batch, network out and back, its measured standard deviation, standard deviation of the backlog that others hold and do not report; all
    // in seconds.
    internal Vector256<float> Deviation(Vector256<float> batchTime, Vector256<float> network, Vector256<float> jitter, Vector256<float> backlog) =>
        Vector256.Create(Floor) + (batchTime * PerBatchTime) + Vector256.Max(network * PerNetwork, jitter) + (backlog * PerBacklog);

    /// <summary>P.</summary>
    /// <param name="slack">Seconds.</param>
    /// <param name="deviation">σ in seconds.</param>
    public static Vector256<float> Probability(Vector256<float> slack, Vector256<float> deviation) => Probability(slack, deviation, Vector256<float>.Zero);

    /// <summary>P with something added to its logit.</summary>
    /// <param name="slack">Seconds.</param>
    /// <param name="deviation">σ in seconds.</param>
    /// <param name="correction">Added to 1.7 · slack / σ.</param>
    public static Vector256<float> Probability(Vector256<float> slack, Vector256<float> deviation, Vector256<float> correction)
    {
        Vector256<float> exponent = Vector256.Min(Vector256.Max(slack * -Steepness / deviation, Vector256.Create(-80f)), Vector256.Create(80f)) - correction;
        return Vector256<float>.One / (Vector256<float>.One + VectorMath.Exp(exponent));
    }

    /// <summary>Logit of P: 1.7 · slack / σ within ± 80.</summary>
    /// <param name="slack">Seconds.</param>
    /// <param name="deviation">σ in seconds.</param>
    public static float Logit(float slack, float deviation) => Math.Clamp(Steepness * slack / deviation, -80, 80);

    /// <summary>P of a logit, in double precision, for learners and their scores.</summary>
    /// <param name="logit">Without a unit.</param>
    public static double OfLogit(double logit) => 1 / (1 + Math.Exp(-logit));
}
