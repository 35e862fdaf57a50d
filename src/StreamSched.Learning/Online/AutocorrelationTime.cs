namespace StreamSched.Learning.Online;

/// <summary>
/// How long a quantity remembers where it was, from samples at equal distances: that of a process of order one whose autocorrelation falls by as much per step
/// as between the first and the second one, so that noise of the single samples does not count. A first one below a tenth is taken for
/// none. What is old counts less and less.
/// </summary>
/// <param name="step">Distance of two samples, in seconds.</param>
public sealed class AutocorrelationTime(double step)
{
    private const double Weight = 0.002, Most = 0.98, Shown = 0.1;
    private const int Least = 600;
    private readonly double[] _means = new double[MostGroups];
    private readonly long[] _counts = new long[MostGroups];
    private double _variance, _first, _second, _last, _secondLast;
    private long _count;

    /// <summary>How many groups there can be.</summary>
    public const int MostGroups = 3;

    /// <summary>The time, in seconds; 0 while too little is known.</summary>
    public double Seconds
    {
        get
        {
            if (_count < Least || !(_first > Shown * _variance) || !(_second > 0)) return 0;
            return -step / Math.Log(Math.Clamp(_second / _first, 1e-6, Most));
        }
    }

    /// <summary>Takes a sample.</summary>
    /// <param name="value">Not finite: counts as none.</param>
    /// <param name="group">From 0: each has a mean of its own, so that their taking turns is no memory.</param>
    public void Add(double value, int group = 0)
    {
        if (!double.IsFinite(value)) return;
        double weight = Math.Max(Weight, 1.0 / ++_count);
        _means[group] += Math.Max(Weight, 1.0 / ++_counts[group]) * (value - _means[group]);
        double from = value - _means[group];
        if (_count > 2)
        {
            _variance += weight * ((from * from) - _variance);
            _first += weight * ((from * _last) - _first);
            _second += weight * ((from * _secondLast) - _second);
        }

        (_secondLast, _last) = (_last, from);
    }
}
