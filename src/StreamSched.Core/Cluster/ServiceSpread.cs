namespace StreamSched.Core.Cluster;

/// <summary>
/// How measured service times scatter about the one that an estimate of their logarithm gives. The mean of times that scatter is above what the mean of their
/// logarithms says (by 1.6 times where they are exponential), and queues grow with the mean.
/// </summary>
internal struct ServiceSpread()
{
    // Weight of one measurement; a processor that has just come learns faster. What is beyond four standard deviations of the logarithm counts as four.
    private const float Weight = 0.02f, Deviations = 4;
    private const int Early = 10;
    private int _count = Early;

    /// <summary>Mean of measured over estimated.</summary>
    public float Mean { get; private set; } = 1;

    /// <summary>Squared coefficient of variation: variance over the square of the mean.</summary>
    public float Variation { get; private set; }

    /// <summary>Takes a measurement.</summary>
    /// <param name="logRatio">Logarithm of measured over estimated, the estimate of before.</param>
    /// <param name="noise">Estimated variance of such logarithms.</param>
    public void Add(float logRatio, float noise)
    {
        if (!float.IsFinite(logRatio)) return;
        float ratio = MathF.Exp(Math.Min(logRatio, Deviations * MathF.Sqrt(noise))), weight = Math.Max(Weight, 1f / ++_count);
        if (weight == Weight) _count--;
        float from = (ratio / Mean) - 1;
        Variation += weight * ((from * from) - Variation);
        Mean += weight * (ratio - Mean);
    }
}
