namespace StreamSched.Reports;

/// <summary>Order statistics of samples.</summary>
internal static class Percentile
{
    /// <summary>The sample below which a share of the others lies (nearest rank); 0 without samples.</summary>
    /// <param name="sorted">Ascending.</param>
    /// <param name="quantile">In 0..1.</param>
    public static double Of(ReadOnlySpan<double> sorted, double quantile) =>
        sorted.IsEmpty ? 0 : sorted[Math.Clamp((int)Math.Ceiling(quantile * sorted.Length) - 1, 0, sorted.Length - 1)];

    /// <summary>The middle of some figures, the mean of the middle two of an even number; NaN without any.</summary>
    /// <param name="figures">In any order.</param>
    public static double Median(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
