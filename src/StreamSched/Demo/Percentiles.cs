namespace StreamSched.Demo;

/// <summary>Keeps values to tell percentiles of.</summary>
internal sealed class Percentiles
{
    private readonly List<double> _values = [];
    private bool _sorted = true;

    public int Count => _values.Count;

    public void Add(double value)
    {
        _values.Add(value);
        _sorted = false;
    }

    /// <summary>The value below which the given share lies (nearest rank); NaN without values.</summary>
    /// <param name="share">0..1.</param>
    public double At(double share)
    {
        if (_values.Count == 0) return double.NaN;
        if (!_sorted) _values.Sort();
        _sorted = true;
        return _values[Math.Clamp((int)Math.Ceiling(share * _values.Count) - 1, 0, _values.Count - 1)];
    }
}
