namespace StreamSched.Learning.Online;

/// <summary>
/// How long a quantity remembers where it was, from samples at equal distances: that of a process of order one with the autocorrelation that neighbouring
/// samples show. What is old counts less and less.
/// </summary>
/// <param name="step">Distance of two samples, in seconds.</param>
public sealed class AutocorrelationTime(double step)
{
    private const double Weight = 0.002, Most = 0.995;
    private double _mean, _variance, _product, _last;
    private long _count;

    /// <summary>The time, in seconds; 0 while too little is known.</summary>
    public double Seconds
    {
        get
        {
            if (_count < 100 || !(_variance > 0)) return 0;
            double r = Math.Clamp(_product / _variance, 0, Most);
            return r <= 0 ? 0 : -step / Math.Log(r);
        }
    }

    /// <summary>Takes a sample.</summary>
    /// <param name="value">Not finite: counts as none.</param>
    public void Add(double value)
    {
        if (!double.IsFinite(value)) return;
        double weight = Math.Max(Weight, 1.0 / ++_count), from = value - _mean;
        _mean += weight * from;
        if (_count > 1)
        {
            _variance += weight * ((from * from) - _variance);
            _product += weight * ((from * _last) - _product);
        }

        _last = value - _mean;
    }
}
