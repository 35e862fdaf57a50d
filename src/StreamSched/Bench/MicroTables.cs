using System.Globalization;
using StreamSched.Core.Policies;
using StreamSched.Reports;

namespace StreamSched.Bench;

/// <summary>What decisions cost.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Decisions">By policy and number of candidates.</param>
/// <param name="Dispatcher">The dispatcher around it.</param>
internal sealed record DecideReport(RunConditions Conditions, string Command, IReadOnlyList<DecisionCost> Decisions, IReadOnlyList<DispatcherCost> Dispatcher);

/// <summary>What a decision of one policy costs.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Candidates">How many candidates.</param>
/// <param name="Figure">Per decision.</param>
internal sealed record DecisionCost(string Policy, int Candidates, MicroFigure Figure)
{
    /// <summary>What it may cost at 64 candidates, ns; null at other numbers.</summary>
    public double? Budget => Candidates != 64 ? null : Policy switch { PolicyNames.Price => 1000, PolicyNames.Neural => 5000, _ => 500 };
}

/// <summary>What codecs cost.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Codecs">By record and way.</param>
internal sealed record CodecReport(RunConditions Conditions, string Command, IReadOnlyList<CodecCost> Codecs)
{
    /// <summary>What reading or writing a record may cost, and what a join, ns.</summary>
    public const double Budget = 300, JoinBudget = 10_000;
}

/// <summary>The reports as Markdown tables.</summary>
internal static class MicroTables
{
    /// <summary>Writes what decisions cost.</summary>
    public static void Write(DecideReport report, TextWriter to)
    {
        Head(report.Conditions, report.Command, to);
        MarkdownTable decisions = new("policy", "candidates", "ns p50", "p5 to p95 of batches", "budget ns", "B");
        foreach (DecisionCost cost in report.Decisions)
        {
            decisions.Row(
                cost.Policy, N(cost.Candidates), N(cost.Figure.Nanoseconds), $"{N(cost.Figure.Low)} to {N(cost.Figure.High)}",
                cost.Budget is { } budget ? N(budget) : "-", B(cost.Figure.Bytes));
        }

        decisions.Write(to);
        to.WriteLine();
        to.WriteLine("The dispatcher over a sink in memory, 64 workers: a request, its decision and records, and its result.");
        to.WriteLine();
        MarkdownTable dispatcher = new("policy", "ns p50", "B");
        foreach (DispatcherCost cost in report.Dispatcher) dispatcher.Row(cost.Policy, N(cost.Nanoseconds), B(cost.Bytes));
        dispatcher.Write(to);
    }

    /// <summary>Writes what simulating costs.</summary>
    public static void Write(SimulateReport report, TextWriter to)
    {
        Head(report.Conditions, report.Command, to);
        MarkdownTable worlds = new("policy", "scenario", "workers", "load", "requests", "simulated requests/s", "ns/decision in the world", "B/request");
        foreach (WorldCost cost in report.Worlds)
        {
            worlds.Row(
                cost.Policy, cost.Scenario, N(cost.Workers), cost.Load.ToString("g4", CultureInfo.InvariantCulture), N(cost.Requests),
                N(cost.RequestsPerSecond), N(cost.DecisionNanoseconds), B(cost.Bytes));
        }

        worlds.Write(to);
        to.WriteLine();
        MarkdownTable decisions = new("policy", "candidates", "decisions/s", "ns p50", "B/decision");
        foreach (DecisionCost cost in report.Decisions)
            decisions.Row(cost.Policy, N(cost.Candidates), N(1e9 / cost.Figure.Nanoseconds), N(cost.Figure.Nanoseconds), B(cost.Figure.Bytes));
        decisions.Write(to);
    }

    /// <summary>Writes what codecs cost.</summary>
    public static void Write(CodecReport report, TextWriter to)
    {
        Head(report.Conditions, report.Command, to);
        MarkdownTable codecs = new("record", "operation", "size", "ns p50", "p5 to p95 of batches", "budget ns", "B");
        foreach (CodecCost cost in report.Codecs)
            codecs.Row(
                cost.Record, cost.Operation, $"{cost.Size} B", N(cost.Figure.Nanoseconds), $"{N(cost.Figure.Low)} to {N(cost.Figure.High)}",
                N(cost.Operation == "join" ? CodecReport.JoinBudget : CodecReport.Budget), B(cost.Figure.Bytes));
        codecs.Write(to);
    }

    private static void Head(RunConditions conditions, string command, TextWriter to)
    {
        to.WriteLine(conditions);
        to.WriteLine();
        to.WriteLine($"`{command}`");
        to.WriteLine();
    }

    private static string N(double figure) => figure.ToString("#,0", CultureInfo.InvariantCulture);

    private static string B(double bytes) => bytes < 0.005 ? "0" : bytes.ToString("#,0.00", CultureInfo.InvariantCulture);
}
