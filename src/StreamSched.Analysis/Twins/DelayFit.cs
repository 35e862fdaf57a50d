namespace StreamSched.Analysis.Twins;

/// <summary>A log-normal distribution of delays, found from quantiles so that a few odd ones do not make it.</summary>
/// <param name="Mean">Seconds.</param>
/// <param name="Deviation">Standard deviation, seconds.</param>
/// <param name="Count">How many delays it is from.</param>
internal readonly record struct DelayFit(double Mean, double Deviation, int Count)
{
    private const double Least = 1e-5, UpperQuantile = 0.95, UpperNormal = 1.645;

    /// <summary>Fits one: the median, and how far above it the upper tail begins.</summary>
    /// <param name="seconds">The delays; those below 10 µs, which clocks may make, count as that.</param>
    public static DelayFit Of(IEnumerable<double> seconds)
    {
        double[] sorted = [.. seconds.Where(double.IsFinite).Select(s => Math.Max(Least, s)).Order()];
        if (sorted.Length == 0) return default;
        double median = sorted[sorted.Length / 2], upper = sorted[(int)(UpperQuantile * (sorted.Length - 1))];
        double sigma = Math.Max(0, Math.Log(upper / median) / UpperNormal);
        double mean = median * Math.Exp(sigma * sigma / 2);
        return new DelayFit(mean, mean * Math.Sqrt(Math.Exp(sigma * sigma) - 1), sorted.Length);
    }
}
