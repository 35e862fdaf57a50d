using System.Globalization;

namespace StreamSched.Simulation.Experiments;

/// <summary>Reports as text: tables that a terminal and Markdown both show.</summary>
public static class ReportText
{
    /// <summary>Writes every cell's table.</summary>
    /// <param name="report">The report.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="details">Whether applications and shares are written too.</param>
    public static void Write(ExperimentReport report, TextWriter writer, bool details = false)
    {
        Provenance from = report.Provenance;
        writer.WriteLine(FormattableString.Invariant($"{from.Kind}; `{from.Command}`; commit {(from.Commit.Length == 0 ? "unknown" : from.Commit)}; {from.Machine}; load {from.LoadAverage:F2}"));
        foreach (CellReport cell in report.Cells) Write(cell, writer, details);
    }

    private static void Write(CellReport cell, TextWriter writer, bool details)
    {
        writer.WriteLine();
        writer.WriteLine(FormattableString.Invariant($"### {cell.Scenario}: value is {cell.Value}; seeds {cell.Seeds[0]}..{cell.Seeds[^1]}"));
        if (cell.Description.Length > 0) writer.WriteLine(cell.Description);
        if (cell.Bound is { } bound && cell.Unlimited is { } unlimited)
        {
            string optimistic = cell.BoundIsOptimistic ? " (optimistic: full batches, the best company)" : "";
            writer.WriteLine($"No policy can exceed {Percent(bound)}{optimistic}; with as many machines as one likes {Percent(unlimited)}.");
        }

        writer.WriteLine();
        writer.WriteLine("| policy | value | of bound | to best heuristic | success | reject | failure | accuracy | p50 ms | p99 ms | J | decision µs |");
        writer.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (PolicyReport p in cell.Policies)
        {
            string mark = p.Policy == cell.BestHeuristic ? " (best heuristic)" : "";
            string[] row =
            [
                p.Policy + mark, Percent(p.Value), p.OfBound is { } share ? Number(100 * share, 1) + " %" : "", p.Difference is { } d ? (d.Mean > 0 ? "+" : "") + Percent(d) : "",
                Percent(p.Success), Percent(p.Reject), Percent(p.Failure), Number(100 * p.Accuracy.Mean, 1), Number(1e3 * p.P50.Mean, 1), Number(1e3 * p.P99.Mean, 1),
                Number(p.Energy.Mean, 3), $"{Number(1e6 * p.DecisionP50, 2)} / {Number(1e6 * p.DecisionP99, 2)}",
            ];
            writer.WriteLine("| " + string.Join(" | ", row) + " |");
        }

        if (details) Details(cell, writer);
        if (cell.Assumed.Count == 0) return;
        writer.WriteLine();
        writer.WriteLine("Assumed, not measured: " + string.Join("; ", cell.Assumed) + ".");
    }

    private static void Details(CellReport cell, TextWriter writer)
    {
        foreach (PolicyReport p in cell.Policies)
        {
            writer.WriteLine();
            writer.WriteLine($"{p.Policy}: by tier {List(p.Tiers)}; by class {List(p.Classes)}; by variant {List(p.Variants)}; not answered in time {List(p.Reasons)}");
            writer.WriteLine();
            writer.WriteLine("| application | success | reject | failure | accuracy | p99 ms |");
            writer.WriteLine("|---|---|---|---|---|---|");
            foreach (ApplicationReport a in p.Applications)
                writer.WriteLine($"| {a.Application} | {Percent(a.Success)} | {Percent(a.Reject)} | {Percent(a.Failure)} | {Number(100 * a.Accuracy.Mean, 1)} | {Number(1e3 * a.P99.Mean, 1)} |");
        }
    }

    private static string List(IReadOnlyDictionary<string, double> shares) =>
        string.Join(", ", shares.Where(s => s.Value >= 0.0005).OrderByDescending(s => s.Value).Select(s => $"{s.Key} {Number(100 * s.Value, 1)}"));

    private static string Percent(Interval value) => double.IsFinite(value.Half) ? $"{Number(100 * value.Mean, 2)} ± {Number(100 * value.Half, 2)}" : Number(100 * value.Mean, 2);

    private static string Number(double value, int digits) => double.IsNaN(value) ? "" : value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
