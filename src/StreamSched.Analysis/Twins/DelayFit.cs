namespace StreamSched.Analysis.Twins;

/// <summary>A log-normal distribution of delays, found from quantiles so that a few odd ones do not make it.</summary>
/// <param name="Mean">Seconds.</param>
/// <param name="Deviation">Standard deviation, seconds.</param>
/// <param name="Count">How many delays it is from.</param>
internal readonly record struct DelayFit(double Mean, double Deviation, int Count)
{
    private const double Least = 1e-5;

    // Quantiles of the upper tail, and where a normal distribution has them.
    private static readonly (double Quantile, double Normal)[] Upper = [(0.95, 1.645), (0.99, 2.326)];

    /// <summary>Fits one: the median, and how far above it the upper tail lies.</summary>
    /// <param name="seconds">The delays; those below 10 µs, which clocks may make, count as that.</param>
    public static DelayFit Of(IEnumerable<double> seconds)
    {
        double[] sorted = [.. seconds.Where(double.IsFinite).Select(s => Math.Max(Least, s)).Order()];
        if (sorted.Length == 0) return default;
        double median = sorted[sorted.Length / 2];
        double sigma = Math.Max(0, Upper.Average(u => Math.Log(sorted[(int)(u.Quantile * (sorted.Length - 1))] / median) / u.Normal));
        double mean = median * Math.Exp(sigma * sigma / 2);
        return new DelayFit(mean, mean * Math.Sqrt(Math.Exp(sigma * sigma) - 1), sorted.Length);
    }
}
