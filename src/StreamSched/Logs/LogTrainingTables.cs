using System.Globalization;
using StreamSched.Hosting;
using StreamSched.Reports;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched train --from-log</c> learned, for people.</summary>
internal static class LogTrainingTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(LogTrainingReport report, TextWriter to)
    {
        to.WriteOneLine(Say($"{report.Policy}: learned from {report.Used:N0} of {report.Decisions:N0} requests, the earlier part of the log"));
        foreach ((string reason, long count) in report.LeftOut) to.WriteOneLine(Say($"  {count,9:N0} left out: {reason}"));
        to.WriteOneLine(
            Say($"the log supports {report.Supported} of {report.Cells} cells of what it finds best; elsewhere {report.Logger} decides, which logged: ")
            + Say($"in {100 * report.Kept:0.0} % of the later requests"));
        if (report.Problem is not null)
            to.WriteOneLine($"no estimate by the log: {report.Problem}" + (report.Resimulated is null ? "; give a world to simulate it in: --scenario" : ""));
        if (report.Evaluation is null && report.Resimulated is { } more)
            to.WriteOneLine($"re-simulated: {MarkdownTable.Signed(100 * more, 100 * (report.ResimulatedHalf ?? 0))} points more than {report.Logger}");
        if (report.Evaluation is { } evaluation)
        {
            to.WriteLine();
            to.WriteLine("The later part of the log, of which it has learned nothing:");
            to.WriteLine();
            EvaluationTables.Write(evaluation, to);
        }

        to.WriteLine();
        to.WriteOneLine($"{report.File} is written; see it with: streamsched policy show {report.File}");
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
