using System.Globalization;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Selection;

namespace StreamSched.Reports;

/// <summary>What selecting models by feedback is worth, as Markdown.</summary>
internal static class SelectionTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(SelectionReport report, TextWriter to)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Provenance}; {report.Seeds} seeds from 90001"));
        to.WriteLine(
            "points are hundredths of quality of experience, or of right answers; cells are what differs/part that is rated; 90 % of the gain: from then on");
        Differences(report, to, "Quality of experience less that of the best common model", f => f.QualityGained);
        Differences(report, to, "The same in the last quarter of the run", f => f.LastQuarter);
        Differences(report, to, "Accuracy less that of the best common model", f => f.AccuracyGained);
        foreach (SelectionCell cell in report.Cells)
        {
            to.WriteLine();
            to.WriteLine($"{cell.World}; best common model: {string.Join(", ", cell.BestCommon.Select(b => $"{b.Key} in {b.Value} of {report.Seeds}"))}");
            to.WriteLine();
            MarkdownTable table = new("contender", "quality", "accuracy", "ms", "regret", "to 90 % of the gain", "ns per choice");
            foreach (SelectionFigure f in cell.Contenders)
            {
                table.Row(
                    f.Contender, Number(f.Quality, "0.00"), Number(f.Accuracy, "0.00"), Number(f.Milliseconds, "0.0"), Number(f.Regret, "0.00"),
                    f.SecondsTo90 is { } seconds ? Number(seconds, "0 s") : "–", Number(f.Nanoseconds, "0"));
            }

            table.Write(to);
        }
    }

    private static void Differences(SelectionReport report, TextWriter to, string title, Func<SelectionFigure, Interval> figure)
    {
        to.WriteLine();
        to.WriteLine($"{title}, in points ± interval of 95 %.");
        to.WriteLine();
        MarkdownTable table = new(["cell", .. SelectionExperiment.Contenders.Where(c => c != SelectionExperiment.BestCommon)]);
        foreach (SelectionCell cell in report.Cells)
            table.Row([cell.World, .. cell.Contenders.Where(f => f.Contender != SelectionExperiment.BestCommon).Select(f => MarkdownTable.Signed(figure(f)))]);
        table.Write(to);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
