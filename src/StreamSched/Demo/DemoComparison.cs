using System.Text.Json.Serialization;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Demo;

/// <summary>Policies in the demo's world side by side, the most useful first, and the best simple rule in hindsight among them.</summary>
/// <param name="Kind">How they were compared: <c>live</c> or <c>simulated</c>.</param>
/// <param name="Value">The preset that says what an answer is worth.</param>
/// <param name="Seeds">The seeds, on which differences are paired.</param>
/// <param name="BestSimpleRule">The simple rule of the greatest utility; null: none took part.</param>
/// <param name="Policies">The policies, by utility.</param>
internal sealed record DemoComparison(string Kind, string Value, IReadOnlyList<ulong> Seeds, string? BestSimpleRule, IReadOnlyList<DemoComparison.Row> Policies)
{
    /// <summary>Compares what was played live.</summary>
    /// <param name="reports">A report for each policy and seed.</param>
    public static DemoComparison Of(IReadOnlyList<DemoReport> reports)
    {
        ILookup<string, DemoReport> byPolicy = reports.OrderBy(r => r.Seed).ToLookup(r => r.Policy, StringComparer.Ordinal);
        double[]? best = byPolicy.Where(p => PolicyEntry.Heuristics.Contains(p.Key)).Select(Utilities).MaxBy(u => u.Average());
        Row[] rows =
        [
            .. byPolicy.Select(p => new Row(
                p.Key, PolicyEntry.Heuristics.Contains(p.Key), Mean(p, r => r.Utility), Mean(p, r => r.AccuracyCountingMisses), Mean(p, r => r.Success),
                p.Average(r => r.EnergyJoules / Math.Max(1, r.Sent)), 1000 * p.Average(r => r.Cost / Math.Max(1, r.Sent)), null,
                best is null || best.Length != p.Count() ? null : Statistics.Mean([.. Utilities(p).Zip(best, (a, b) => a - b)]))),
        ];
        return Sorted("live", reports[0].Value, [.. reports.Select(r => r.Seed).Distinct().Order()], rows);

        static double[] Utilities(IEnumerable<DemoReport> reports) => [.. reports.Select(r => r.Utility)];

        static Interval Mean(IEnumerable<DemoReport> reports, Func<DemoReport, double> figure) => Statistics.Mean([.. reports.Select(figure)]);
    }

    /// <summary>Compares what the simulator gave.</summary>
    /// <param name="cell">Its report of the demo's world.</param>
    public static DemoComparison Of(CellReport cell)
    {
        Row[] rows =
        [
            .. cell.Policies.Select(p => new Row(
                p.Policy, p.IsHeuristic, p.Value, p.AccuracyValue, p.Success, p.Energy.Mean, 1000 * p.Cost.Mean, 1e6 * p.DecisionP50,
                p.Policy == cell.BestHeuristic ? new Interval(0, 0) : p.Difference)),
        ];
        return Sorted("simulated", cell.Value, cell.Seeds, rows);
    }

    private static DemoComparison Sorted(string kind, string value, IReadOnlyList<ulong> seeds, Row[] rows)
    {
        Row[] sorted = [.. rows.OrderByDescending(r => r.Utility.Mean)];
        return new DemoComparison(kind, value, seeds, sorted.FirstOrDefault(r => r.IsSimpleRule)?.Policy, sorted);
    }

    /// <summary>A policy.</summary>
    /// <param name="Policy">Its name.</param>
    /// <param name="IsSimpleRule">Whether it is a simple rule.</param>
    /// <param name="Utility">What a request was worth in the mean, by the preset.</param>
    /// <param name="RightAndInTime">Right answers in time over all requests; simulated: by the variants' accuracies.</param>
    /// <param name="InTime">Answers in time over all requests.</param>
    /// <param name="EnergyJoules">Modelled energy per request, in joules.</param>
    /// <param name="CostPerThousand">Cost of a thousand requests, by assumed tariffs.</param>
    /// <param name="DecisionMicros">Median time of a decision, in µs; null: not measured.</param>
    /// <param name="ToBestRule">Difference in utility to the best simple rule, paired by seed; null: there is none to compare with.</param>
    internal sealed record Row(
        string Policy, bool IsSimpleRule, Interval Utility, Interval RightAndInTime, Interval InTime, double EnergyJoules,
        [property: JsonPropertyName("moneyPerThousand")] double CostPerThousand, double? DecisionMicros, Interval? ToBestRule);
}
