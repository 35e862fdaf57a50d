using System.Globalization;
using StreamSched.Reports;

namespace StreamSched.Bench;

/// <summary>Reports about learning as Markdown tables.</summary>
internal static class LearningTables
{
    // CleanRL's documentation: mean and standard deviation over three seeds at 500,000 steps.
    private static readonly Dictionary<string, string> Published = new() { ["ppo"] = "492 ± 13", ["dqn"] = "489 ± 16" };

    /// <summary>Writes what evaluations of networks cost.</summary>
    public static void Write(NetworkReport report, TextWriter to)
    {
        Head(report.Conditions, report.Command, to);
        MarkdownTable table = new("network", "activation", "candidates", "ns p50", "p5 to p95 of batches", "budget ns", "B");
        foreach (NetworkCost cost in report.Networks)
            table.Row(
                cost.Layers, cost.Activation, N(cost.Candidates), N(cost.Figure.Nanoseconds), $"{N(cost.Figure.Low)} to {N(cost.Figure.High)}", N(cost.Budget),
                N(cost.Figure.Bytes));
        table.Write(to);
    }

    /// <summary>Writes what reading logs costs.</summary>
    public static void Write(AnalysisReport report, TextWriter to)
    {
        Head(report.Conditions, report.Command, to);
        MarkdownTable table = new("what", "per", "µs p50", "p5 to p95 of batches", "a second", "B");
        foreach (AnalysisCost cost in report.Costs)
        {
            table.Row(
                cost.What, cost.Per, Micro(cost.Figure.Nanoseconds), $"{Micro(cost.Figure.Low)} to {Micro(cost.Figure.High)}",
                N(1e9 / cost.Figure.Nanoseconds), N(cost.Figure.Bytes));
        }

        table.Write(to);
    }

    /// <summary>Writes how trainings on CartPole-v1 went.</summary>
    public static void Write(CartPoleReport report, TextWriter to)
    {
        Head(report.Conditions, report.Command, to);
        to.WriteLine("Return: mean of the last hundred training episodes. The highest possible is 500, chance gives 22.");
        to.WriteLine();
        MarkdownTable table = new(
            ["algorithm", "seed", "steps", "return", "episodes", "µs per step", .. Enumerable.Range(1, 9).Select(tenth => $"at {10 * tenth} %")]);
        foreach (CartPoleRun run in report.Runs)
            table.Row([run.Algorithm, N(run.Seed), N(run.Steps), D(run.Return), N(run.Episodes), D(run.MicrosecondsPerStep), .. run.Curve.Take(9).Select(N)]);
        table.Write(to);
        to.WriteLine();
        MarkdownTable means = new("algorithm", "seeds", "mean return ± standard deviation", "CleanRL, 500,000 steps");
        foreach (IGrouping<string, CartPoleRun> runs in report.Runs.GroupBy(r => r.Algorithm))
        {
            double mean = runs.Average(r => r.Return),
                deviation = runs.Count() < 2 ? double.NaN : Math.Sqrt(runs.Sum(r => (r.Return - mean) * (r.Return - mean)) / (runs.Count() - 1));
            means.Row(runs.Key, N(runs.Count()), double.IsNaN(deviation) ? D(mean) : $"{D(mean)} ± {D(deviation)}", Published[runs.Key]);
        }

        means.Write(to);
    }

    private static void Head(RunConditions conditions, string command, TextWriter to)
    {
        to.WriteLine(conditions);
        to.WriteLine();
        to.WriteLine($"`{command}`");
        to.WriteLine();
    }

    private static string Micro(double nanoseconds) => (nanoseconds / 1e3).ToString("#,0.00", CultureInfo.InvariantCulture);

    private static string N(double figure) => figure.ToString("#,0", CultureInfo.InvariantCulture);

    private static string D(double figure) => figure.ToString("#,0.0", CultureInfo.InvariantCulture);
}
