namespace StreamSched.Core.Cluster;

/// <summary>
/// How measured service times scatter about what is estimated of their logarithm. The mean of times that scatter is above what the mean of their logarithms
/// says (1.8 times where they are exponential), and queues grow with the mean.
/// </summary>
internal struct ServiceSpread()
{
    // Least variance of a logarithm (about 20 % either way), and the one where nothing was measured.
    private const float LeastNoise = 0.04f;

    // Weight of one measurement in the long run. What is beyond three standard deviations of the logarithm counts as three, so that a change is not taken for
    // scatter; a hiccup of a second counts as four.
    private const float Weight = 0.02f, NoiseWeight = 0.05f, Outlier = 9, Hiccup = 4;

    // So many measurements of a processor say as much as all of its peers do.
    private const int Prior = 20;
    private int _count;

    /// <summary>Variance of the logarithm of one measurement.</summary>
    public float Noise { get; private set; } = LeastNoise;

    /// <summary>Mean of measured over estimated.</summary>
    public float Mean { get; private set; } = 1;

    /// <summary>Squared coefficient of variation: variance over the square of the mean.</summary>
    public float Variation { get; private set; }

    /// <summary>Takes a measurement.</summary>
    /// <param name="error">Logarithm of measured over what was estimated before.</param>
    /// <param name="variance">Of that estimate.</param>
    public void Add(float error, float variance)
    {
        if (!float.IsFinite(error)) return;
        float square = Math.Min(error * error, Outlier * (variance + Noise));
        float ratio = MathF.Exp(Math.Min(error, Hiccup * MathF.Sqrt(Noise))), from = (ratio / Mean) - 1;
        float weight = Math.Max(Weight, 1f / (Prior + _count));
        Noise = Math.Max(LeastNoise, Noise + (Math.Max(weight, NoiseWeight) * (square - variance - Noise)));
        Variation += weight * ((from * from) - Variation);
        Mean += weight * (ratio - Mean);
        if (_count < 1000) _count++;
    }

    /// <summary>What is to be believed of a processor: what it has shown, and for lack of that what all others have.</summary>
    /// <param name="others">Of all processors together.</param>
    public readonly ServiceSpread Among(in ServiceSpread others)
    {
        float own = (float)_count / (Prior + _count);
        return new()
        {
            Noise = others.Noise + (own * (Noise - others.Noise)), Mean = others.Mean + (own * (Mean - others.Mean)),
            Variation = others.Variation + (own * (Variation - others.Variation)),
        };
    }
}
