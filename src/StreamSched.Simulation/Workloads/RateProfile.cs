namespace StreamSched.Simulation.Workloads;

/// <summary>A rate that is constant between steps. Poisson instants are exact: unit-exponential amounts of the rate's integral.</summary>
internal sealed class RateProfile
{
    private readonly double[] _from;
    private readonly double[] _rate;
    private int _at;

    public RateProfile(IReadOnlyList<(double At, double Value)> steps)
    {
        _from = [.. steps.Select(s => s.At)];
        _rate = [.. steps.Select(s => s.Value)];
    }

    /// <summary>Index of the step in force at the last instant given.</summary>
    public int Step => _at;

    public double At(double seconds)
    {
        int i = Array.BinarySearch(_from, seconds);
        return _rate[i >= 0 ? i : Math.Max(0, ~i - 1)];
    }

    /// <summary>The instant at which the integral has grown by an amount; infinity if it never does. Instants must not go back.</summary>
    public double After(double seconds, double amount)
    {
        while (_at + 1 < _from.Length && _from[_at + 1] <= seconds) _at++;
        while (true)
        {
            double end = _at + 1 < _from.Length ? _from[_at + 1] : double.PositiveInfinity;
            double room = _rate[_at] > 0 ? _rate[_at] * (end - seconds) : 0;
            if (room >= amount) return seconds + (amount / _rate[_at]);
            if (_at + 1 == _from.Length) return double.PositiveInfinity;
            amount -= room;
            seconds = end;
            _at++;
        }
    }

    /// <summary>The product with a second list of steps.</summary>
    public static List<(double At, double Value)> Product(IReadOnlyList<(double At, double Value)> a, IReadOnlyList<(double At, double Value)> b)
    {
        RateProfile first = new(a), second = new(b);
        return [.. a.Select(s => s.At).Concat(b.Select(s => s.At)).Distinct().Order().Select(t => (t, first.At(t) * second.At(t)))];
    }
}
