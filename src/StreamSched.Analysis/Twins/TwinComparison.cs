using System.Globalization;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Twins;

/// <summary>What happened beside what happens in the twin.</summary>
/// <param name="Name">The figure.</param>
/// <param name="Real">Really.</param>
/// <param name="Twin">In the twin, the mean of its runs.</param>
/// <param name="TwinHalf">Half of its 95 % interval.</param>
/// <param name="TwinLeast">The least of its runs: what happened is one run, too.</param>
/// <param name="TwinMost">The most of them.</param>
internal sealed record TwinFigure(string Name, double Real, double Twin, double TwinHalf, double TwinLeast, double TwinMost);

/// <summary>The recorded policy in the twin beside what really happened.</summary>
internal sealed class TwinComparison
{
    private const double MostPoints = 0.03, MostRatio = 0.15;
    private readonly TwinFigures _real;
    private readonly IReadOnlyList<TwinFigures> _runs;

    /// <summary>Compares.</summary>
    /// <param name="real">What happened.</param>
    /// <param name="runs">Runs of the twin.</param>
    public TwinComparison(TwinFigures real, IReadOnlyList<TwinFigures> runs) => (_real, _runs) = (real, runs);

    /// <summary>Every figure of both.</summary>
    public IReadOnlyList<TwinFigure> Figures =>
    [
        Success, Figure("reject", f => f.Reject), Figure("failure", f => f.Failure), Figure("accuracy", f => f.Accuracy),
        Figure("latency p50, ms", f => 1e3 * f.P50), P99, Figure("waiting at workers, ms", f => 1e3 * f.Queue),
        Figure("energy, J a request", f => f.Joules),
        .. from key in _runs.Append(_real).SelectMany(r => r.Shares.Keys).Distinct().Order()
           select Figure($"answers by {key.Worker}/{key.Variant}", f => f.Shares.GetValueOrDefault(key)),
    ];

    /// <summary>What is farther from the truth than may be: success by more than 3 points, the 99th percentile of the latency by more than 15 %.</summary>
    public IReadOnlyList<string> Off
    {
        get
        {
            TwinFigure success = Success, p99 = P99;
            double points = success.Twin - success.Real, ratio = p99.Twin / Math.Max(1e-9, p99.Real);
            List<string> off = [];
            if (Math.Abs(points) > MostPoints) off.Add($"success differs by {Text(100 * points, "+0.0;-0.0")} points, more than 3{Chance(success)}");
            if (Math.Abs(ratio - 1) > MostRatio)
                off.Add($"the 99th percentile of the latency is {Text(ratio, "0.00")} times the real one, more than 15 % off{Chance(p99)}");
            return off;
        }
    }

    private TwinFigure Success => Figure("success", f => f.Success);

    private TwinFigure P99 => Figure("latency p99, ms", f => 1e3 * f.P99);

    private static string Chance(TwinFigure figure) => figure.Real < figure.TwinLeast || figure.Real > figure.TwinMost ? ""
        : $"; the real one lies among the twin's own runs, {Text(figure.TwinLeast, "0.###")} to {Text(figure.TwinMost, "0.###")}";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private TwinFigure Figure(string name, Func<TwinFigures, double> of)
    {
        double[] runs = [.. _runs.Select(of)];
        Interval twin = Statistics.Mean(runs);
        return new TwinFigure(name, of(_real), twin.Mean, twin.Half, runs.Min(), runs.Max());
    }
}
