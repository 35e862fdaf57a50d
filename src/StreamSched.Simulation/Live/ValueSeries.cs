using StreamSched.Core.Policies;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Live;

/// <summary>What answers were worth, by when their requests were made: the truth, which only a simulator knows.</summary>
/// <param name="value">What outcomes are worth.</param>
/// <param name="weights">Weights of the applications.</param>
/// <param name="step">Length of an interval, in seconds.</param>
public sealed class ValueSeries(ValueWeights value, IReadOnlyList<float> weights, double step)
{
    private readonly List<(double Value, long Count)> _intervals = [];

    /// <summary>Takes the end of a request.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="now">µs.</param>
    public void Add(in Outcome outcome, long now)
    {
        int at = (int)Math.Max(0, ((now * 1e-6) - outcome.LatencySeconds) / step);
        while (_intervals.Count <= at) _intervals.Add(default);
        (double sum, long count) = _intervals[at];
        _intervals[at] = (sum + outcome.Worth(value, weights[outcome.Application]), count + 1);
    }

    /// <summary>Mean value of a request made between two instants, in points (hundredths).</summary>
    /// <param name="from">Seconds.</param>
    /// <param name="to">Seconds.</param>
    public double Points(double from, double to)
    {
        double sum = 0;
        long count = 0;
        for (int i = (int)Math.Ceiling(from / step); i < _intervals.Count && (i + 1) * step <= to + 1e-9; i++)
            (sum, count) = (sum + _intervals[i].Value, count + _intervals[i].Count);
        return count == 0 ? double.NaN : 100 * sum / count;
    }

    /// <summary>The least <see cref="Points"/> over any interval of a length.</summary>
    /// <param name="from">Seconds.</param>
    /// <param name="to">Seconds.</param>
    /// <param name="length">Seconds.</param>
    public double Worst(double from, double to, double length)
    {
        double worst = double.PositiveInfinity;
        for (double at = from; at + length <= to + 1e-9; at += step)
            if (Points(at, at + length) is var points && points < worst) worst = points;
        return worst;
    }
}
