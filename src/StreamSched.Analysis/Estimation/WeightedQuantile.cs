using StreamSched.Core.Policies;

namespace StreamSched.Analysis.Estimation;

/// <summary>Quantiles of weighted values.</summary>
internal static class WeightedQuantile
{
    /// <summary>A quantile, and where it lies in 95 % of the resamples.</summary>
    /// <param name="values">Those that are no numbers are left out.</param>
    /// <param name="weights">As many, not negative.</param>
    /// <param name="quantile">In (0, 1).</param>
    /// <param name="resamples">How many.</param>
    public static LatencyBand Band(double[] values, double[] weights, double quantile, int resamples)
    {
        (double Value, double Weight)[] sorted =
            [.. values.Zip(weights).Where(v => double.IsFinite(v.First) && v.Second > 0).OrderBy(v => v.First).Select(v => (v.First, v.Second))];
        if (sorted.Length == 0) return new LatencyBand(double.NaN, double.NaN, double.NaN);
        double[] drawn = new double[sorted.Length], found = new double[resamples];
        for (int i = 0; i < drawn.Length; i++) drawn[i] = sorted[i].Weight;
        double value = Of(sorted, drawn, quantile);
        RandomStream random = RandomStream.For(1, "quantiles");
        for (int b = 0; b < resamples; b++)
        {
            for (int i = 0; i < drawn.Length; i++) drawn[i] = sorted[i].Weight * random.NextExponential();
            found[b] = Of(sorted, drawn, quantile);
        }

        Array.Sort(found);
        return new LatencyBand(value, found[(int)(0.025 * (resamples - 1))], found[(int)Math.Ceiling(0.975 * (resamples - 1))]);
    }

    private static double Of((double Value, double Weight)[] sorted, double[] weights, double quantile)
    {
        double left = quantile * weights.Sum();
        for (int i = 0; i < sorted.Length; i++)
            if ((left -= weights[i]) <= 0) return sorted[i].Value;
        return sorted[^1].Value;
    }
}
