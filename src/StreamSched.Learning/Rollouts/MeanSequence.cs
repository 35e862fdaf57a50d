namespace StreamSched.Learning.Rollouts;

/// <summary>
/// A confidence sequence for the mean of pair differences: its two-sided interval holds at all times at once. For many values it is the asymptotic one of
/// Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (arXiv 2103.06476; two-sided with α as it is), of half-width s · √(2(nρ² + 1) / (nρ)² ·
/// ln(√(nρ² + 1) / α)). That one takes s for known, so with few values it misses too often. The same normal mixture over effects in units of an unknown σ
/// is exact for normal values from the first look and has this limit (Wang, Ramdas, arXiv 2310.03722), so it is used instead. Three guards
/// keep what it promises for other values. Those that follow each other alike count as n(1 − r) / (1 + r) independent ones, with r as in a process of
/// order one (Andrews, Monahan 1992). The value that is farthest from the mean counts three times in s, since a skewed tail is seen late. With few values
/// there is no interval. The random order of windows makes the difference symmetric about an effect that is always the same; about one that is mostly
/// small and rarely very large (skewness 6) nine of ten intervals hold instead of 19 of 20.
/// </summary>
/// <param name="alpha">Probability that any interval misses.</param>
/// <param name="tightest">The interval is tightest, for its α, about this number of values.</param>
/// <param name="least">With fewer values the interval is infinite.</param>
/// <param name="ofTheseValues">Whether it holds the mean of what these pairs were worth, which may change from pair to pair: the random order alone makes
/// their errors independent (Ham, Bojinov, Lindon, Tingley, arXiv 2210.08639). Else it holds what lasts, of which values that follow each other alike tell
/// less.</param>
internal sealed class MeanSequence(double alpha, double tightest, int least, bool ofTheseValues = false)
{
    private const double MostAutocorrelation = 0.9, AutocorrelationMargin = 0.25;
    private const int MoreOutliers = 2;

    // What the guards cost, by simulation with normal values: so many times the values.
    private const double Guards = 1.3;
    private readonly double _rho2 = Rho2(alpha, tightest);

    // Sums of the differences to the first value, so that nothing cancels.
    private double _first, _last, _sum, _squares, _neighbours, _least, _most;

    /// <summary>How many values.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean.</summary>
    public double Mean => Count == 0 ? 0 : _first + (_sum / Count);

    /// <summary>Adds a value.</summary>
    /// <param name="value">A finite number.</param>
    public void Add(double value)
    {
        if (Count++ == 0) _first = value;
        double shifted = value - _first;
        _sum += shifted;
        _squares += shifted * shifted;
        _neighbours += shifted * _last;
        _last = shifted;
        (_least, _most) = (Math.Min(_least, shifted), Math.Max(_most, shifted));
    }

    /// <summary>What the values say so far.</summary>
    /// <param name="judge">Whose they are.</param>
    public Evidence Evaluate(string judge)
    {
        double half = double.PositiveInfinity;
        if (Count >= least)
        {
            double mean = _sum / Count, variance = Math.Max(0, (_squares / Count) - (mean * mean)), farthest = Math.Max(_most - mean, mean - _least);
            half = HalfWidth(Independent(variance), Math.Sqrt(variance + (MoreOutliers * farthest * farthest / Count)), alpha, _rho2);
        }

        return new Evidence(judge, Count, Mean, Mean - half, Mean + half, alpha);
    }

    /// <summary>About how many independent values it takes until the half-width is no more than this; infinite if more than a billion.</summary>
    /// <param name="half">Half-width.</param>
    /// <param name="deviation">Standard deviation of a value.</param>
    /// <param name="alpha">As of the sequence.</param>
    /// <param name="tightest">As of the sequence.</param>
    /// <param name="least">As of the sequence.</param>
    public static double CountFor(double half, double deviation, double alpha, double tightest, int least)
    {
        double rho2 = Rho2(alpha, tightest), low = least, high = 1e9;
        if (!(HalfWidth(high, deviation, alpha, rho2) <= half)) return double.PositiveInfinity;
        while (high - low > 0.5)
        {
            double middle = (low + high) / 2;
            if (HalfWidth(middle, deviation, alpha, rho2) <= half) high = middle;
            else low = middle;
        }

        return Math.Ceiling(Guards * low);
    }

    private static double Rho2(double alpha, double tightest) => ((-2 * Math.Log(alpha)) + Math.Log(1 - (2 * Math.Log(alpha)))) / tightest;

    private static double HalfWidth(double n, double deviation, double alpha, double rho2)
    {
        double growth = (n * rho2) + 1;
        double logQuantile = Math.Log(alpha * alpha / growth) / n;
        double room = (Math.Exp(logQuantile) * growth) - 1;
        return room > 0 ? deviation * Math.Sqrt(growth * -double.ExpM1(logQuantile) / room) : double.PositiveInfinity;
    }

    // The estimate of an autocorrelation is too low by about (1 + 3r) / n (Kendall 1954). A quarter of its standard error more is to be safe.
    private double Independent(double variance)
    {
        if (variance <= 0 || ofTheseValues) return Count;
        double mean = _sum / Count;
        double products = _neighbours - (mean * ((2 * _sum) - _last)) + ((Count - 1) * mean * mean);
        double r = products / (variance * Count);
        r += (1 + (3 * Math.Max(0, r))) / Count;
        if (r <= 0) return Count;
        r = Math.Min(MostAutocorrelation, r + (AutocorrelationMargin / Math.Sqrt(Count)));
        return Count * (1 - r) / (1 + r);
    }
}
