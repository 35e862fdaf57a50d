using System.Globalization;
using StreamSched.Analysis.Worlds;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>How wrong off-policy answers are, as Markdown.</summary>
internal static class OffPolicyTables
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    public static void Write(OffPolicyReport report, TextWriter to)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Provenance}; {report.Seeds} seeds from 90001"));
        to.WriteLine(
            "judged less logger in points (hundredths of value per request) ± interval of 95 % over seeds; cells are load/logger/judged; ✗: the wrong sign");
        to.WriteLine();
        MarkdownTable table = new("cell", "truth", "gross", "net", "in a twin of the log", "in the world", "effective sample size", "unsupported");
        foreach (OffPolicyCell c in report.Cells)
        {
            table.Row(
                c.Name, MarkdownTable.Signed(c.Truth), Marked(c, c.Gross), Marked(c, c.Net), Marked(c, c.Twin), Marked(c, c.Resimulated),
                c.EffectiveSampleSize.ToString("N0", CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{100 * c.Unsupported:0.0} %"));
        }

        table.Write(to);
        to.WriteLine();
        OffPolicyCell[] known = [.. report.Cells.Where(c => c.Truth.ExcludesZero)];
        MarkdownTable errors = new("answer", "wrong sign", "mean absolute error, points", "largest");
        foreach ((string name, Func<OffPolicyCell, Interval> of) in ((string, Func<OffPolicyCell, Interval>)[])
            [("gross", c => c.Gross), ("net", c => c.Net), ("in a twin of the log", c => c.Twin), ("in the world", c => c.Resimulated)])
        {
            double[] off = [.. report.Cells.Select(c => Math.Abs(of(c).Mean - c.Truth.Mean))];
            errors.Row(
                name, $"{known.Count(c => IsWrong(c, of(c)))} of {known.Length}", off.Average().ToString("0.00", CultureInfo.InvariantCulture),
                off.Max().ToString("0.00", CultureInfo.InvariantCulture));
        }

        errors.Write(to);
        to.WriteLine();
        CoverageFigures f = report.Coverage;
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Intervals of 95 % on {f.Logs} logs of 2,000 rounds whose logger changes, looked at ten times: no look missed"));
        to.WriteLine();
        MarkdownTable coverage = new("interval", "no look missed", "mean half-width in the end");
        foreach ((string name, double share, double half) in ((string, double, double)[])
            [("confidence sequence", f.Sequence, f.SequenceHalf), ("bootstrap", f.Bootstrap, f.BootstrapHalf), ("Student's t", f.Student, f.StudentHalf)])
        {
            coverage.Row(
                name, string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %"), half.ToString("0.000", CultureInfo.InvariantCulture));
        }

        coverage.Write(to);
    }

    private static bool IsWrong(OffPolicyCell cell, Interval answer) => cell.Truth.ExcludesZero && Math.Sign(answer.Mean) != Math.Sign(cell.Truth.Mean);

    private static string Marked(OffPolicyCell cell, Interval answer) => (IsWrong(cell, answer) ? "✗ " : "") + MarkdownTable.Signed(answer);
}
