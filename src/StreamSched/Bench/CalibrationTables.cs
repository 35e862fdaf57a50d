using System.Globalization;
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
/// <param name="Chosen">The policy whose choices are judged.</param>
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
        MarkdownTable scores = new("scenario", "choices of", "answers", "Brier rule", "Brier network", "log loss rule", "log loss network", "calibration error rule", "network");
        foreach (CalibrationCase c in report.Cases)
        {
            (CalibrationSide rule, CalibrationSide network) = (c.Result.Rule, c.Result.Network);
            scores.Row(
                Name(c), c.Chosen, c.Result.Answers.ToString(CultureInfo.InvariantCulture), N(rule.Brier), N(network.Brier), N(rule.LogLoss), N(network.LogLoss), N(rule.CalibrationError),
                N(network.CalibrationError));
        }

        scores.Write(to);
        foreach (CalibrationCase c in report.Cases)
        {
            to.WriteLine();
            to.WriteLine($"Reliability in {Name(c)}, choices of {c.Chosen}: of the answers predicted to come in time with a probability in a tenth, the mean of it and the share that came in time.");
            to.WriteLine();
            MarkdownTable bins = new("predicted", "rule: answers", "predicted %", "seen %", "network: answers", "predicted %", "seen %");
            for (int b = 0; b < Calibration.Bins; b++)
            {
                CalibrationBin rule = c.Result.Rule.Reliability[b], network = c.Result.Network.Reliability[b];
                bins.Row($"0.{b}–{(b == 9 ? "1.0" : $"0.{b + 1}")}", I(rule.Answers), P(rule.Predicted), P(rule.Seen), I(network.Answers), P(network.Predicted), P(network.Seen));
            }

            bins.Write(to);
        }
    }

    private static string Name(CalibrationCase c) => c.RateScale == 1 ? c.Scenario : FormattableString.Invariant($"{c.Scenario} x {c.RateScale}");

    private static string N(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    private static string P(double value) => double.IsNaN(value) ? "" : (100 * value).ToString("F1", CultureInfo.InvariantCulture);

    private static string I(long value) => value.ToString(CultureInfo.InvariantCulture);
}
