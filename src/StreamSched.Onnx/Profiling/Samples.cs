namespace StreamSched.Onnx.Profiling;

/// <summary>Order statistics of measured times.</summary>
internal static class Samples
{
    public static double Median(IEnumerable<double> samples) => Quantile(samples, 0.5);

    /// <summary>Between neighbours along a straight line (definition 7 of Hyndman and Fan, 1996).</summary>
    public static double Quantile(IEnumerable<double> samples, double probability)
    {
        var sorted = samples.Order().ToArray();
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(samples));
        var position = probability * (sorted.Length - 1);
        var lower = (int)position;
        var upper = Math.Min(lower + 1, sorted.Length - 1);
        return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - lower);
    }

    public static double StandardDeviation(IReadOnlyCollection<double> samples)
    {
        if (samples.Count < 2)
            return 0;
        var mean = samples.Average();
        return Math.Sqrt(samples.Sum(sample => (sample - mean) * (sample - mean)) / (samples.Count - 1));
    }
}
