using System.Globalization;
using StreamSched.Reports;

namespace StreamSched.Bench;

/// <summary>The routing benchmark's report as Markdown tables, ready for docs/performance.md.</summary>
internal static class RouteTables
{
    private const double AimedRatio = 0.9;

    /// <summary>Writes the report.</summary>
    public static void Write(RouteReport report, TextWriter to)
    {
        to.WriteLine($"{report.Conditions}, broker {report.Options.Broker}");
        to.WriteLine();
        to.WriteLine($"`{report.Command}`");
        to.WriteLine();
        to.WriteLine("Throughput: (a) the bare loop of Confluent.Kafka, (b) the scheduler. Processor time and garbage are those of the loop's own thread and "
            + "of its clients' threads, per request.");
        to.WriteLine();
        MarkdownTable throughput = new(
            "policy", "payload", "work topics (used)", "(a) requests/s", "(b) requests/s", "b / a (range)", "(a) loop + client µs",
            "(b) loop + client µs", "(a) B", "(b) B");
        foreach (RoutePair pair in report.Pairs)
        {
            throughput.Row(
                pair.Policy, $"{pair.PayloadBytes} B", $"{pair.Workers} ({pair.Scheduler.TopicsUsed})", N(pair.Bare.RequestsPerSecond),
                N(pair.Scheduler.RequestsPerSecond), pair.Ratios.Count == 0
                    ? "-" : string.Create(CultureInfo.InvariantCulture, $"{pair.Ratio:0.00} ({pair.Ratios.Min():0.00} to {pair.Ratios.Max():0.00})"),
                Micros(pair.Bare), Micros(pair.Scheduler), N(pair.Bare.LoopBytes), N(pair.Scheduler.LoopBytes));
        }

        throughput.Write(to);
        to.WriteLine();
        to.WriteLine($"Latency from the device's write to the worker's read, at the same rates, {report.Options.Policies[0]}, {report.Options.Payloads[0]} B, "
            + "medians of the runs.");
        to.WriteLine();
        MarkdownTable latency = new(
            "work topics", "requests/s", "(a) p50 ms", "(b) p50 ms", "ours p50 ms", "(a) p99 ms", "(b) p99 ms", "(a) µs CPU", "(b) µs CPU");
        foreach (IGrouping<(int Workers, double FedRate), RoutePhase> group in report.Phases.Where(p => p.FedRate > 0).GroupBy(p => (p.Workers, p.FedRate))
            .OrderBy(g => g.Key))
        {
            double A(Func<RoutePhase, double> figure) => Percentile.Median(group.Where(p => p.Loop == RouteBench.Bare).Select(figure));
            double B(Func<RoutePhase, double> figure) => Percentile.Median(group.Where(p => p.Loop == RouteBench.Scheduler).Select(figure));
            latency.Row(
                N(group.Key.Workers), N(group.Key.FedRate), F(A(p => p.LatencyP50) / 1000), F(B(p => p.LatencyP50) / 1000),
                F((B(p => p.LatencyP50) - A(p => p.LatencyP50)) / 1000), F(A(p => p.LatencyP99) / 1000), F(B(p => p.LatencyP99) / 1000),
                F(A(p => p.LoopMicros + p.ClientMicros)), F(B(p => p.LoopMicros + p.ClientMicros)));
        }

        latency.Write(to);
        to.WriteLine();
        to.WriteLine("The dispatcher alone, over a sink in memory: a request and its result.");
        to.WriteLine();
        MarkdownTable dispatcher = new("policy", "workers", "µs", "B");
        foreach (DispatcherCost cost in report.Dispatcher) dispatcher.Row(cost.Policy, N(cost.Workers), F(cost.Nanoseconds / 1000), F(cost.Bytes));
        dispatcher.Write(to);
        to.WriteLine();
        int broken = report.Phases.Count(p => !p.Complete);
        if (broken > 0) to.WriteLine($"**{broken} of {report.Phases.Count} measurements are of runs in which not every request was sent on and answered.**");
        RoutePair[] small = [.. report.Pairs.Where(p => p.PayloadBytes == report.Options.Payloads[0] && p.Ratios.Count > 0)];
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"b / a at {report.Options.Payloads[0]} B is {AimedRatio} or more in {small.Count(p => p.Ratio >= AimedRatio)} of {small.Length} rows."));
    }

    /// <summary>Writes what lingers do.</summary>
    public static void WriteLingers(RouteReport report, TextWriter to)
    {
        to.WriteLine($"{report.Conditions}, broker {report.Options.Broker}");
        to.WriteLine();
        to.WriteLine($"`{report.Command}`");
        to.WriteLine();
        double[] rates = [.. report.Options.Rates.Order()];
        MarkdownTable table = new(
            ["work topics", "linger ms work", "decisions", .. rates.Select(r => $"{N(r)}/s p50 (p99) ms, CPU µs"), "most requests/s, CPU µs"]);
        foreach (var group in report.Phases.GroupBy(p => (p.Workers, p.WorkLinger, p.DecisionLinger)).OrderBy(g => g.Key.Workers))
        {
            string Cell(double rate)
            {
                RoutePhase[] runs = [.. group.Where(p => p.FedRate == rate)];
                double cpu = Percentile.Median(runs.Select(p => p.LoopMicros + p.ClientMicros));
                return rate == 0
                    ? $"{N(Percentile.Median(runs.Select(p => p.RequestsPerSecond)))}, {F(cpu)}"
                    : $"{F(Percentile.Median(runs.Select(p => p.LatencyP50)) / 1000)} "
                        + $"({F(Percentile.Median(runs.Select(p => p.LatencyP99)) / 1000)}), {F(cpu)}";
            }

            table.Row([N(group.Key.Workers), Ms(group.Key.WorkLinger), Ms(group.Key.DecisionLinger), .. rates.Select(Cell), Cell(0)]);
        }

        table.Write(to);
    }

    private static string Ms(TimeSpan? span) => span is { } s ? s.TotalMilliseconds.ToString("0.#", CultureInfo.InvariantCulture) : "-";

    private static string Micros(RouteMedians medians) => $"{F(medians.LoopMicros)} + {F(medians.ClientMicros)}";

    private static string N(double figure) => double.IsNaN(figure) ? "-" : figure.ToString("#,0", CultureInfo.InvariantCulture);

    private static string F(double figure) => double.IsNaN(figure) ? "-" : figure.ToString("0.00", CultureInfo.InvariantCulture);
}
