using System.Globalization;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Reports;

/// <summary>What simulations gave, as tables that a terminal and Markdown both show.</summary>
internal static class ReportTables
{
    /// <summary>Writes every cell's tables.</summary>
    /// <param name="report">The report.</param>
    /// <param name="to">Where to.</param>
    /// <param name="details">Whether applications, placements and reasons are written too.</param>
    public static void Write(ExperimentReport report, TextWriter to, bool details = false)
    {
        Provenance from = report.Provenance;
        to.WriteLine(FormattableString.Invariant($"{from.Kind}, commit {from.Commit}, {from.Machine}, load average {from.LoadAverage:F1} at the start"));
        to.WriteLine();
        to.WriteLine($"`{from.Command}`");
        if (!report.IsComplete) to.WriteLine($"{Environment.NewLine}**Stopped before its end: only the seeds that every policy had finished.**");
        foreach (CellReport cell in report.Cells) Write(cell, to, details);
        if (report.Cells.Count == 0) to.WriteLine($"{Environment.NewLine}No seed was finished.");
    }

    private static void Write(CellReport cell, TextWriter to, bool details)
    {
        to.WriteLine();
        string seeds = cell.Seeds.Count == 1 ? $"seed {cell.Seeds[0]}" : $"seeds {cell.Seeds[0]}..{cell.Seeds[^1]}";
        to.WriteLine(FormattableString.Invariant(
            $"### {cell.Scenario}: value is {cell.Value}; load {cell.Load:g4}, {cell.Duration:g6} s, {cell.Requests:F0} requests counted per seed; ")
            + FormattableString.Invariant($"{seeds}; simulated"));
        to.WriteLine();
        if (cell.Description.Length > 0) to.WriteLine(cell.Description);
        if (cell.Bound is { } bound && cell.Unlimited is { } unlimited)
        {
            string optimistic = cell.BoundIsOptimistic ? " (optimistic: full batches, the best co-runners)" : "";
            to.WriteLine($"No policy can exceed {Percent(bound)}{optimistic}; with as many machines as one likes {Percent(unlimited)}.");
        }

        if (cell.OracleGain is { } gain)
            to.WriteLine($"The requests that the oracle planned for are worth {Percent(gain)} points more than under the best policy of each seed.");
        to.WriteLine("Shares in %, ± half of the 95 % interval over seeds; differences are paired by seed.");
        to.WriteLine();
        MarkdownTable outcomes = new("policy", "value", "of bound", "to best simple rule", "p", "success", "reject", "failure", "accuracy");
        foreach (PolicyReport p in cell.Rows)
        {
            outcomes.Row(
                p.Policy, Percent(p.Value), p.OfBound is { } share ? Number(100 * share, 1) : "",
                p.Difference is { } d ? (d.Mean > 0 ? "+" : "") + Percent(d) : p.Policy == cell.BestHeuristic ? "best" : "",
                p.PValue is { } value ? Number(value, 4) : "", Percent(p.Success), Percent(p.Reject), Percent(p.Failure), Percent(p.Accuracy));
        }

        outcomes.Write(to);
        to.WriteLine();
        WriteCosts(cell, to);
        WriteAxes(cell, to, details);
        if (details) WriteDetails(cell, to);
        if (cell.Assumed.Count == 0) return;
        to.WriteLine();
        to.WriteLine("Assumed, not measured: " + string.Join("; ", cell.Assumed) + ".");
    }

    // Sites where there are few, else tiers: a table of thirty columns is none.
    private static void WriteCosts(CellReport cell, TextWriter to)
    {
        string[] sites = [.. cell.Rows.SelectMany(p => p.Sites.Keys).Distinct()];
        bool bySite = sites.Length <= 8;
        string[] places = bySite ? sites : [.. cell.Rows.SelectMany(p => p.Tiers.Keys).Distinct()];
        MarkdownTable costs = new(
            ["policy", "p50 ms", "p99 ms", "J/request", "cost/1000", "busy %", .. places.Select(s => "at " + s), "decision p50 µs", "p99 µs"]);
        foreach (PolicyReport p in cell.Rows)
        {
            IReadOnlyDictionary<string, double> shares = bySite ? p.Sites : p.Tiers;
            costs.Row(
            [
                p.Policy, Scaled(p.P50, 1e3, 1), Scaled(p.P99, 1e3, 1), Scaled(p.Energy, 1, 3), Scaled(p.Cost, 1e3, 3), Number(100 * p.Utilisation.Mean, 1),
                .. places.Select(s => Number(100 * shares.GetValueOrDefault(s), 1)), Number(1e6 * p.DecisionP50, 2), Number(1e6 * p.DecisionP99, 2),
            ]);
        }

        costs.Write(to);
        foreach (PolicyReport p in cell.Policies.Where(p => p.PolicyFailures > 0))
            to.WriteLine($"{p.Policy} failed {p.PolicyFailures} times; the fallback decided.");
    }

    // What the placements are like, under the policy that is worth the most; of every policy in the details.
    private static void WriteAxes(CellReport cell, TextWriter to, bool details)
    {
        foreach (PolicyReport p in details ? cell.Rows : [cell.Policies.MaxBy(p => p.Value.Mean)!])
        {
            to.WriteLine();
            to.WriteLine($"Answers under {p.Policy} by {(details ? "tier, class and variant" : "tier")} (energy modelled):");
            to.WriteLine();
            MarkdownTable axes = new("placement", "share", "delay ms", "accuracy", "J/answer", "cost/1000");
            foreach (PlacementReport x in PlacementReport.By(p.Placements, x => details ? ("", x.Tier, x.Class, x.Variant) : ("", x.Tier, "", "")))
            {
                string name = string.Join(' ', new[] { x.Tier, x.Class, x.Variant }.Where(n => n.Length > 0));
                axes.Row(name, Number(100 * x.Share, 1), Number(1e3 * x.Latency, 1), Number(100 * x.Accuracy, 1), Number(x.Energy, 3), Number(1e3 * x.Cost, 3));
            }

            axes.Write(to);
        }
    }

    private static void WriteDetails(CellReport cell, TextWriter to)
    {
        foreach (PolicyReport p in cell.Rows)
        {
            to.WriteLine();
            to.WriteLine($"{p.Policy}: not answered in time {List(p.Reasons)}; {Number(p.RequestsPerSecond, 0)} simulated requests/s on one core");
            to.WriteLine();
            MarkdownTable applications = new("application", "success", "reject", "failure", "accuracy", "p99 ms");
            foreach (ApplicationReport a in p.Applications)
                applications.Row(a.Application, Percent(a.Success), Percent(a.Reject), Percent(a.Failure), Percent(a.Accuracy), Scaled(a.P99, 1e3, 1));
            applications.Write(to);
        }
    }

    private static string List(IReadOnlyDictionary<string, double> shares) =>
        string.Join(", ", shares.Where(s => s.Value >= 0.0005).OrderByDescending(s => s.Value).Select(s => $"{s.Key} {Number(100 * s.Value, 1)}")
            .DefaultIfEmpty("none"));

    private static string Percent(Interval value) => Scaled(value, 100, 2);

    private static string Scaled(Interval value, double factor, int digits) =>
        double.IsFinite(value.Half) ? $"{Number(factor * value.Mean, digits)} ± {Number(factor * value.Half, digits)}" : Number(factor * value.Mean, digits);

    private static string Number(double value, int digits) => double.IsNaN(value) ? "" : value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
