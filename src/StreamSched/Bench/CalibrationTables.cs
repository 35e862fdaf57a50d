using System.Globalization;
using StreamSched.Reports;
using StreamSched.Simulation.Training;

namespace StreamSched.Bench;

/// <summary>Predicted probabilities against what came.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Seeds">Seeds of the worlds.</param>
/// <param name="Cases">By scenario and by who chose.</param>
internal sealed record CalibrationReport(RunConditions Conditions, string Command, IReadOnlyList<ulong> Seeds, IReadOnlyList<CalibrationCase> Cases);

/// <summary>One scenario.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="RateScale">All arrivals times this.</param>
/// <param name="Chosen">The policy whose choices are evaluated.</param>
/// <param name="Result">How both predicted them.</param>
internal sealed record CalibrationCase(string Scenario, double RateScale, string Chosen, Calibration Result);

/// <summary>Calibration as tables.</summary>
internal static class CalibrationTables
{
    public static void Write(CalibrationReport report, TextWriter to)
    {
        to.WriteLine(report.Conditions);
        to.WriteLine();
        to.WriteLine($"`{report.Command}`");
        to.WriteLine();
        MarkdownTable scores = new("scenario", "choices of", "answers", "predicted by", "Brier", "log loss", "calibration error");
        foreach (CalibrationCase c in report.Cases)
        {
            foreach ((string by, CalibrationSide side) in Sides(c.Result))
                scores.Row(Name(c), c.Chosen, I(c.Result.Answers), by, N(side.Brier), N(side.LogLoss), N(side.CalibrationError));
        }

        scores.Write(to);
        foreach (CalibrationCase c in report.Cases)
        {
            to.WriteLine();
            to.WriteLine($"Reliability in {Name(c)}, choices of {c.Chosen}: of the answers predicted to come in time with a probability in a tenth, "
                + "the mean of it and the share that came in time.");
            to.WriteLine();
            MarkdownTable bins = new(["predicted", .. Sides(c.Result).SelectMany(s => new[] { s.By + ": answers", "predicted %", "seen %" })]);
            for (int b = 0; b < Calibration.Bins; b++)
            {
                bins.Row([
                    $"0.{b}–{(b == 9 ? "1.0" : $"0.{b + 1}")}",
                    .. Sides(c.Result).Select(s => s.Side.Reliability[b]).SelectMany(bin => new[] { I(bin.Answers), P(bin.Predicted), P(bin.Seen) }),
                ]);
            }

            bins.Write(to);
        }
    }

    private static (string By, CalibrationSide Side)[] Sides(Calibration c) =>
        [("rule as assumed", c.Rule), ("rule as measured", c.Measured), ("network", c.Network), ("network, scaled online", c.Scaled)];

    private static string Name(CalibrationCase c) => c.RateScale == 1 ? c.Scenario : FormattableString.Invariant($"{c.Scenario} x {c.RateScale}");

    private static string N(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    private static string P(double value) => double.IsNaN(value) ? "" : (100 * value).ToString("F1", CultureInfo.InvariantCulture);

    private static string I(long value) => value.ToString(CultureInfo.InvariantCulture);
}
