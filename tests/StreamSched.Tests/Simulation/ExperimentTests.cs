using System.Text.Json;
using StreamSched.Core.Policies;
using StreamSched.Reports;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Tests.Simulation;

public class ExperimentTests
{
    private static readonly Scenario Small = ScenarioFile.Load(Checkout.Path("scenarios", "small.json")) with { Duration = 4, WarmUp = 1 };

    private static readonly Provenance Origin = new("simulated", "test", "", "", 0);

    [Fact]
    public void A_report_pairs_policies_with_the_best_heuristic()
    {
        ExperimentReport report = ExperimentRunner.Run(Plan(), Origin);
        CellReport cell = Assert.Single(report.Cells);
        PolicyReport price = cell.Policies[0], finish = cell.Policies[1], random = cell.Policies[2];
        Assert.Equal((PolicyNames.Price, PolicyNames.EarliestFinish), (price.Policy, finish.Policy));
        PolicyReport best = finish.Value.Mean > random.Value.Mean ? finish : random;
        Assert.Equal(best.Policy, cell.BestHeuristic);
        Assert.Null(best.Difference);
        Assert.Equal(price.Value.Mean - best.Value.Mean, price.Difference!.Value.Mean, 9);
        Assert.True(price.Difference.Value.ExcludesZero);
        Assert.InRange(price.PValue!.Value, 0, 0.05);
        Assert.InRange(price.OfBound!.Value, 0.5, 1);
        Assert.All(cell.Policies, p => Assert.Equal(1, p.Success.Mean + p.Reject.Mean + p.Failure.Mean, 9));
        Assert.All(cell.Policies, p => Assert.Equal(p.Value.Mean, p.ValueBySeed.Average(), 9));
        Assert.All(cell.Policies, p => Assert.True(p.Value.Mean <= cell.Bound!.Value.Mean));
        Assert.Equal(report.HolmPValues(PolicyNames.Price)[0], price.PValue);
        StringWriter text = new();
        ReportTables.Write(report, text, details: true);
        Assert.Contains("| price ", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("Assumed, not measured: delays and bandwidths", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void X8_an_HTML_report_is_one_file_with_plots_or_says_that_they_are_missing_and_always_with_its_tables()
    {
        string html = HtmlReport.Write(ExperimentRunner.Run(Plan(), Origin with { Command = "<test> & co" }));
        Assert.Contains("<td>price</td>", html, StringComparison.Ordinal);
        Assert.Contains("No policy can exceed", html, StringComparison.Ordinal);
        Assert.Contains("&lt;test&gt; &amp; co", html, StringComparison.Ordinal);
        Assert.Equal(HtmlReport.HasPlots, html.Contains("id=\"value\" class=\"plot\"", StringComparison.Ordinal));
        Assert.NotEqual(HtmlReport.HasPlots, html.Contains("Plots are missing", StringComparison.Ordinal));

        // Nothing is fetched when it is opened.
        Assert.DoesNotContain("<script src", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", html, StringComparison.Ordinal);
        Assert.Equal(html.Split("<script>").Length, html.Split("</script>").Length);
    }

    [Fact]
    public void An_experiment_goes_on_where_it_was_stopped()
    {
        string file = Path.GetTempFileName();
        using CancellationTokenSource stop = new();
        ExperimentPlan plan = Plan() with { ResultsFile = file, Parallelism = 1, Bound = null };
        ExperimentReport part = ExperimentRunner.Run(plan, Origin, new At(3, stop), stop.Token);
        Assert.False(part.IsComplete);
        Assert.Single(part.Cells[0].Seeds);
        Assert.Equal(3, File.ReadLines(file).Count());
        File.AppendAllText(file, """{"scenario":"cut o""");
        Counter counter = new();
        ExperimentReport resumed = ExperimentRunner.Run(plan, Origin, counter);
        Assert.Equal(3 * 3 - 3, counter.Runs);
        Assert.True(resumed.IsComplete);
        Assert.Equal(Figures(ExperimentRunner.Run(plan with { ResultsFile = null }, Origin)), Figures(resumed));
        Assert.Equal(Figures(resumed), Figures(ExperimentRunner.Run(plan, Origin, counter)));
        Assert.Equal(3 * 3 - 3, counter.Runs);
        File.Delete(file);
    }

    [Fact]
    public void A_cell_whose_difference_is_not_known_to_half_a_point_gets_more_seeds_up_to_the_most()
    {
        ExperimentPlan plan = Plan() with { Seeds = 2, Bound = null };
        Assert.True(Difference(plan).Half > Statistics.Shown);
        Assert.Equal(2, Seeds(plan with { MostSeeds = 3 }));
        Assert.Equal(4, Seeds(plan with { MostSeeds = 5 }));
        ExperimentPlan many = plan with { MostSeeds = 100 };
        Assert.InRange(Seeds(many), 4, 98);
        Assert.True(Difference(many).Half <= Statistics.Shown);

        // Rules that are further than two points below the best one after the first seeds need no more of them.
        CellReport cell = ExperimentRunner.Run(many with { Policies = [.. many.Policies, PolicyEntry.Of(PolicyNames.AlwaysLarge)] }, Origin).Cells.Single();
        double best = cell.Policies.Where(p => p.IsHeuristic).Max(p => p.ValueBySeed.Take(2).Average());
        Assert.Contains(cell.Policies, p => p.ValueBySeed.Count == 2);
        Assert.All(
            cell.Policies, p => Assert.Equal(p.IsHeuristic && p.ValueBySeed.Take(2).Average() <= best - 0.02 ? 2 : cell.Seeds.Count, p.ValueBySeed.Count));

        static int Seeds(ExperimentPlan plan) => ExperimentRunner.Run(plan, Origin).Cells.Single().Seeds.Count;
        static Interval Difference(ExperimentPlan plan) => ExperimentRunner.Run(plan, Origin).Cells.Single().Policies[0].Difference!.Value;
    }

    [Fact]
    public void The_number_of_worlds_at_a_time_changes_nothing() =>
        Assert.Equal(
            Figures(ExperimentRunner.Run(Plan() with { Parallelism = 1 }, Origin)), Figures(ExperimentRunner.Run(Plan() with { Parallelism = 4 }, Origin)));

    [Fact]
    public void Names_must_differ() =>
        Assert.Contains(
            "small", Assert.Throws<ArgumentException>(() => ExperimentRunner.Run(Plan() with { Scenarios = [Small, Small] }, Origin)).Message,
            StringComparison.Ordinal);

    private static ExperimentPlan Plan() => new()
    {
        Scenarios = [Small], Policies = [.. new[] { PolicyNames.Price, PolicyNames.EarliestFinish, PolicyNames.Random }.Select(PolicyEntry.Of)], Seeds = 3,
        Bound = new() { Iterations = 3, Sample = 500 },
    };

    // Everything but what depends on the machine.
    private static string Figures(ExperimentReport report) => JsonSerializer.Serialize(report.Cells.Select(c =>
        c with { Policies = [.. c.Policies.Select(p => p with { DecisionP50 = 0, DecisionP99 = 0, RequestsPerSecond = 0 })] }));

    private sealed class At(int when, CancellationTokenSource stop) : IProgress<(int Done, int All)>
    {
        public void Report((int Done, int All) value)
        {
            if (value.Done == when) stop.Cancel();
        }
    }

    private sealed class Counter : IProgress<(int Done, int All)>
    {
        public int Runs { get; private set; }

        public void Report((int Done, int All) value) => Runs++;
    }
}
