namespace StreamSched.Simulation.Experiments;

/// <summary>Means over seeds, with what can be said about them.</summary>
public static class Statistics
{
    /// <summary>The size of a difference counts as known if half of its interval is no more than this: half a point.</summary>
    public const double Shown = 0.005;

    /// <summary>There is a difference if its p value, corrected for there being several cells, is below this: the interval that holds for all of them
    /// together excludes 0.</summary>
    public const double Significance = 0.05;

    /// <summary>Mean and half of the interval of a confidence level, by Student's t distribution; the half is infinite for a single value.</summary>
    /// <param name="values">One per seed; at least one.</param>
    /// <param name="confidence">In (0, 1).</param>
    public static Interval Mean(IReadOnlyList<double> values, double confidence = 0.95)
    {
        double mean = values.Average();
        if (values.Count < 2) return new Interval(mean, double.PositiveInfinity);
        double error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count);
        return new Interval(mean, error * TQuantile(1 - ((1 - confidence) / 2), values.Count - 1));
    }

    /// <summary>Two-sided p value of Student's t test that the mean of paired differences is zero; 1 where it cannot be computed.</summary>
    /// <param name="differences">One per seed.</param>
    public static double PairedPValue(IReadOnlyList<double> differences)
    {
        if (differences.Count < 2) return 1;
        double mean = differences.Average();
        double variance = differences.Sum(v => (v - mean) * (v - mean)) / (differences.Count - 1);
        if (variance == 0) return mean == 0 ? 1 : 0;
        return 2 * (1 - TCumulative(Math.Abs(mean) / Math.Sqrt(variance / differences.Count), differences.Count - 1));
    }

    /// <summary>Holm's step-down correction: p values that hold for all of several statements together.</summary>
    /// <param name="pValues">As tested one by one.</param>
    /// <returns>In the same order.</returns>
    public static double[] Holm(IReadOnlyList<double> pValues)
    {
        double[] corrected = new double[pValues.Count];
        double least = 0;
        int left = pValues.Count;
        foreach (int i in Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]))
        {
            least = Math.Max(least, Math.Min(1, left-- * pValues[i]));
            corrected[i] = least;
        }

        return corrected;
    }

    /// <summary>Student's t distribution function.</summary>
    /// <param name="t">Any number.</param>
    /// <param name="degrees">Degrees of freedom, positive.</param>
    public static double TCumulative(double t, double degrees)
    {
        double tail = IncompleteBeta(degrees / (degrees + (t * t)), degrees / 2, 0.5) / 2;
        return t > 0 ? 1 - tail : tail;
    }

    /// <summary>A quantile of Student's t distribution.</summary>
    /// <param name="quantile">In (0, 1).</param>
    /// <param name="degrees">Degrees of freedom, positive.</param>
    public static double TQuantile(double quantile, double degrees)
    {
        double low = -1e3, high = 1e3;
        for (int i = 0; i < 100; i++)
        {
            double middle = (low + high) / 2;
            if (TCumulative(middle, degrees) < quantile) low = middle;
            else high = middle;
        }

        return (low + high) / 2;
    }

    // The regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8, evaluated by Lentz's method).
    private static double IncompleteBeta(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        if (x > (a + 1) / (a + b + 2)) return 1 - IncompleteBeta(1 - x, b, a);
        double front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x))) / a;
        double f = 1, c = 1, d = 0;
        for (int i = 0; i <= 300; i++)
        {
            int m = i / 2;
            double numerator = i == 0 ? 1
                : i % 2 == 0 ? m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)))
                : -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (numerator * d));
            c = NotZero(1 + (numerator / c));
            f *= c * d;
            if (Math.Abs(1 - (c * d)) < 1e-15) break;
        }

        return front * (f - 1);

        static double NotZero(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;
    }

    // Stirling's series, after the recurrence has brought the argument above 12.
    private static double LogGamma(double x)
    {
        double shift = 0;
        while (x < 12) shift -= Math.Log(x++);
        double inverse = 1 / x, square = inverse * inverse;
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI))
            + (inverse * ((1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square / 1680)))))));
    }
}
