using System.Globalization;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>Many cells in few tables: means, every policy's differences to the best simple rule of each cell, and where it loses.</summary>
internal static class SummaryTables
{
    private const string Better = "better", BetterUnsized = "better, size uncertain", Equal = "equal", NotShown = "not shown", Worse = "worse",
        WorseUnsized = "worse, size uncertain";

    private static readonly string[] Verdicts = [Better, BetterUnsized, Equal, NotShown, Worse, WorseUnsized];

    /// <summary>Writes the summary.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    /// <param name="everyCell">Whether each cell gets a line, or only those where a policy is worse.</param>
    public static void Write(ExperimentReport report, TextWriter to, bool everyCell)
    {
        Provenance from = report.Provenance;
        to.WriteLine(FormattableString.Invariant($"{from.Kind}, commit {from.Commit}, {from.Machine}, load average {from.LoadAverage:F1} at the start"));
        to.WriteLine();
        to.WriteLine($"`{from.Command}`");
        if (!report.IsComplete) to.WriteLine($"{Environment.NewLine}**Stopped before its end: only the seeds that every policy had finished.**");
        if (report.Cells.Count == 0) return;
        int least = report.Cells.Min(c => c.Seeds.Count);
        to.WriteLine();
        to.WriteLine($"{report.Cells.Count} cells, {least} seeds each at least (from {report.Cells.Min(c => c.Seeds[0])} on); "
            + "values in %, differences paired by seed, ± half of the 95 % interval.");
        foreach (IGrouping<string, CellReport> cells in report.Cells.GroupBy(c => c.Value)) WriteMeans([.. cells], to);
        foreach (string policy in report.Cells[0].Policies.Where(p => !p.IsHeuristic).Select(p => p.Policy))
        {
            WriteByPattern(report, policy, to);
            WriteDifferences(report, policy, to, everyCell);
            WriteAims(report, policy, to);
        }
    }

    private static void WriteMeans(CellReport[] cells, TextWriter to)
    {
        to.WriteLine();
        to.WriteLine($"### {cells[0].Value} as value: means over {cells.Length} cells");
        to.WriteLine();
        MarkdownTable means = new("policy", "value", "of bound", "worst of bound", "best simple rule in cells", "p99 ms", "decision p50 µs");
        foreach (string policy in cells[0].Policies.OrderByDescending(p => cells.Average(c => Of(c, p.Policy).Value.Mean)).Select(p => p.Policy))
        {
            PolicyReport[] rows = [.. cells.Select(c => Of(c, policy))];
            means.Row(
                policy, Percent(rows.Average(r => r.Value.Mean)), Percent(rows.Average(r => r.OfBound ?? double.NaN)),
                Percent(rows.Min(r => r.OfBound ?? double.NaN)), cells.Count(c => c.BestHeuristic == policy).ToString(CultureInfo.InvariantCulture),
                Number(1e3 * rows.Average(r => r.P99.Mean), 0), Number(1e6 * rows.Average(r => r.DecisionP50), 2));
        }

        means.Write(to);
    }

    private static void WriteDifferences(ExperimentReport report, string policy, TextWriter to, bool everyCell)
    {
        IReadOnlyList<double> corrected = report.HolmPValues(policy);
        to.WriteLine();
        to.WriteLine($"### {policy} against the best simple rule of each cell in hindsight");
        to.WriteLine();
        Dictionary<string, int> verdicts = [];
        MarkdownTable table = new("cell", "bound", "best simple rule", "its value", policy, "difference", "p (Holm)", "");
        for (int i = 0; i < report.Cells.Count; i++)
        {
            CellReport cell = report.Cells[i];
            PolicyReport row = Of(cell, policy);
            if (row.Difference is not { } difference) continue;
            string verdict = Verdict(difference, corrected[i]);
            verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
            if (!everyCell && difference.Mean >= 0) continue;
            table.Row(
                cell.Scenario, cell.Bound is { } bound ? Percent(bound.Mean) : "", cell.BestHeuristic!, Percent(Of(cell, cell.BestHeuristic!).Value.Mean),
                Percent(row.Value.Mean), $"{Percent(difference.Mean)} ± {Percent(difference.Half)}", Number(corrected[i], 3), verdict);
        }

        to.WriteLine(
            $"Better in {Count(Better) + Count(BetterUnsized)} cells (in {Count(BetterUnsized)} of them by an uncertain size), "
            + $"worse in {Count(Worse) + Count(WorseUnsized)} ({Count(WorseUnsized)}), equal in {Count(Equal)}, not shown in {Count(NotShown)}. "
            + $"Better and worse: p, corrected by Holm, is below {Number(Statistics.Significance, 2)}. Size uncertain: "
            + $"half of the interval is above {Percent(Statistics.Shown)} points; without a clear difference that is not shown, and else equal.");
        to.WriteLine(everyCell ? "" : $"{Environment.NewLine}Cells in which its mean is below:{Environment.NewLine}");
        table.Write(to);

        int Count(string verdict) => verdicts.GetValueOrDefault(verdict);
    }

    // Cells that are topology/load/view/pattern/value, in a line for each pattern and value.
    private static void WriteByPattern(ExperimentReport report, string policy, TextWriter to)
    {
        IReadOnlyList<double> corrected = report.HolmPValues(policy);
        (string Group, Interval Difference, string Verdict)[] cells =
        [
            .. from c in report.Cells.Select((cell, i) => (Cell: cell, Axes: cell.Scenario.Split('/'), P: corrected[i]))
               where c.Axes.Length == 5
               let difference = Of(c.Cell, policy).Difference
               where difference is not null
               select ($"{c.Axes[3]}, {c.Axes[4]}", difference.Value, Verdict(difference.Value, c.P)),
        ];
        if (cells.Length == 0) return;
        to.WriteLine();
        to.WriteLine($"### {policy} less the best simple rule of each cell in hindsight, by pattern, in points");
        to.WriteLine();
        MarkdownTable table = new(
            ["pattern, value", "cells", "mean", "least", "greatest", "mean above 0", "interval above 0", "interval below 0", .. Verdicts]);
        foreach (IGrouping<string, (string Group, Interval Difference, string Verdict)> group in cells.GroupBy(c => c.Group))
        {
            Interval[] d = [.. group.Select(c => c.Difference)];
            table.Row(
                [
                    group.Key, Text(d.Length), Percent(d.Average(x => x.Mean)), Percent(d.Min(x => x.Mean)), Percent(d.Max(x => x.Mean)),
                    Text(d.Count(x => x.Mean > 0)), Text(d.Count(x => x.Mean > x.Half)), Text(d.Count(x => x.Mean < -x.Half)),
                    .. Verdicts.Select(verdict => Text(group.Count(c => c.Verdict == verdict))),
                ]);
        }

        table.Write(to);

        static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
    }

    // That there is a difference and how large it is are two findings: a wide interval that lies beyond 0 is a clear one of uncertain size.
    private static string Verdict(Interval difference, double corrected)
    {
        bool sized = difference.Half <= Statistics.Shown;
        if (corrected >= Statistics.Significance) return sized ? Equal : NotShown;
        return difference.Mean > 0 ? sized ? Better : BetterUnsized : sized ? Worse : WorseUnsized;
    }

    // What the evaluation grid is there for; cells are topology/load/view/pattern/value.
    private static void WriteAims(ExperimentReport report, string policy, TextWriter to)
    {
        (CellReport Cell, string[] Axes)[] cells = [.. report.Cells.Select(c => (c, c.Scenario.Split('/'))).Where(c => c.Item2.Length == 5)];
        if (cells.Length == 0) return;
        to.WriteLine();
        MarkdownTable aims = new("aim for the default policy", "reached", policy);
        Row("success, load 1.5: mean difference to the best simple rule, points", 0.15, Differences(c => c[1] == "1.5" && c[4] == "success"), d => d.Average());
        Row("accuracy, all cells: mean difference to the best simple rule, points", 0.04, Differences(c => c[4] == "accuracy"), d => d.Average());
        Row(
            "success, steady up to 1.1: least share of the bound", 0.97,
            [.. cells.Where(c => c.Axes[3] == "steady" && c.Axes[4] == "success" && c.Axes[1] != "1.5").Select(c => Of(c.Cell, policy).OfBound ?? double.NaN)],
            d => d.Min());
        double[] stale =
        [
            .. from c in cells
               where c.Axes[2] == "stale"
               let shared = cells.FirstOrDefault(o =>
                   o.Axes[2] == "shared" && o.Cell.Scenario == c.Cell.Scenario.Replace("/stale/", "/shared/", StringComparison.Ordinal))
               where shared.Cell is not null
               select Of(c.Cell, policy).Value.Mean - Of(shared.Cell, policy).Value.Mean,
        ];
        Row("telemetry every 500 ms against shared: mean difference, points", -0.02, stale, d => d.Average());
        Row("telemetry every 500 ms against shared: worst cell, points", -0.02, stale, d => d.Min());
        aims.Write(to);

        double[] Differences(Func<string[], bool> which) =>
            [.. cells.Where(c => which(c.Axes)).Select(c => Of(c.Cell, policy).Difference).OfType<Interval>().Select(d => d.Mean)];

        void Row(string aim, double least, double[] figures, Func<double[], double> figure)
        {
            if (figures.Length == 0) return;
            double value = figure(figures);
            aims.Row($"{aim} ≥ {Percent(least)}", value >= least ? "yes" : "no", Percent(value));
        }
    }

    private static PolicyReport Of(CellReport cell, string policy) => cell.Policies.First(p => p.Policy == policy);

    private static string Percent(double share) => Number(100 * share, 2);

    private static string Number(double value, int digits) => double.IsNaN(value) ? "" : value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
