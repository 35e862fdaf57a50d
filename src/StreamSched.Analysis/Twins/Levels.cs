namespace StreamSched.Analysis.Twins;

/// <summary>When something that scatters changed its level, and to which.</summary>
internal static class Levels
{
    private const double ShortestBin = 1, Bins = 120;
    private const int FewestSamples = 8, FewestBins = 20;

    // Medians of neighbouring bins closer than this are one level; a level so close to the usual one is no change. A bin is as long as it takes to know its
    // median four times as well.
    private const double Same = 0.25, Known = Same / 4;

    /// <summary>Finds them: medians of short bins, put together while they stay the same.</summary>
    /// <param name="samples">Instant in seconds, and ratio to what is usual; in the order of time.</param>
    /// <param name="duration">Seconds.</param>
    /// <returns>Parts of the time in which the level was another one than the usual, with their medians.</returns>
    public static IReadOnlyList<(double From, double To, double Factor)> Of(IReadOnlyList<(double At, double Ratio)> samples, double duration)
    {
        // Equal neighbours are of one message or one run, and tell no more than one of them.
        samples = [.. samples.Where((s, i) => i == 0 || s.Ratio != samples[i - 1].Ratio)];

        // What changed for a while has moved the median of all, so what is usual is taken from the rest.
        IReadOnlyList<(double, double, double)> first = Once(samples, duration);
        double usual = Median(samples.Where(s => At(first, s.At) == 1).Select(s => s.Ratio));
        return first.Count == 0 || double.IsNaN(usual) ? first : Once([.. samples.Select(s => (s.At, s.Ratio / usual))], duration);
    }

    private static IReadOnlyList<(double From, double To, double Factor)> Once(IReadOnlyList<(double At, double Ratio)> samples, double duration)
    {
        double width = Math.Max(ShortestBin, duration / Bins);
        double needed = Math.Pow(1.25 * Scatter(samples) / Math.Log(1 + Known), 2); // for the standard error of a median
        int fewest = (int)Math.Clamp(needed, FewestSamples, Math.Max(FewestSamples, samples.Count / FewestBins));
        List<(double From, double To, List<double> Medians, List<double> Ratios)> levels = [];
        List<double> bin = [];
        double from = 0;
        int i = 0;
        for (double end = width; from < duration; end += width)
        {
            bool isLast = end >= duration;
            for (; i < samples.Count && (isLast || samples[i].At < end); i++) bin.Add(samples[i].Ratio);
            if (bin.Count < fewest && !isLast) continue;
            double to = isLast ? duration : end;
            double median = Median(bin);
            if (levels.Count > 0 && (bin.Count < fewest || Math.Abs(Math.Log(median / Median(levels[^1].Medians))) < Math.Log(1 + Same)))
            {
                if (bin.Count >= fewest) levels[^1].Medians.Add(median);
                levels[^1].Ratios.AddRange(bin);
                levels[^1] = levels[^1] with { To = to };
            }
            else
            {
                levels.Add((from, to, [median], [.. bin]));
            }

            bin.Clear();
            from = to;
        }

        return
        [
            .. from level in levels
               where level.Ratios.Count >= fewest
               let factor = Median(level.Ratios)
               where Math.Abs(Math.Log(factor)) >= Math.Log(1 + Same)
               select (level.From, level.To, factor),
        ];
    }

    /// <summary>The level at an instant, 1 where it is the usual one.</summary>
    /// <param name="levels">What <see cref="Of"/> found.</param>
    /// <param name="at">Seconds.</param>
    public static double At(IReadOnlyList<(double From, double To, double Factor)> levels, double at)
    {
        foreach ((double from, double to, double factor) in levels)
            if (at >= from && at < to) return factor;
        return 1;
    }

    // Standard deviation of the logarithm, from neighbours, which are of the same level as a rule.
    private static double Scatter(IReadOnlyList<(double At, double Ratio)> samples)
    {
        double median = Median(samples.Zip(samples.Skip(1), (a, b) => Math.Abs(Math.Log(a.Ratio / b.Ratio))));
        return double.IsNaN(median) ? 0 : median / 0.6745 / Math.Sqrt(2);
    }

    /// <summary>The median; NaN of nothing.</summary>
    /// <param name="values">The values.</param>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
