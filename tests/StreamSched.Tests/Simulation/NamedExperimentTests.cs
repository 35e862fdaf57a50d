using StreamSched.Core.Registry;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Tests.Simulation;

public class NamedExperimentTests
{
    private static readonly string Folder = Checkout.Path("scenarios");

    public static TheoryData<string> Names => new(NamedExperiments.Catalogue.Select(e => e.Name));

    [Theory, MemberData(nameof(Names))]
    public void An_experiment_has_distinct_cells_and_policies_and_its_loads_are_known(string name)
    {
        ExperimentPlan plan = Plan(name);
        Assert.Equal(plan.Scenarios.Count, plan.Scenarios.Select(s => s.Name).Distinct().Count());
        Assert.Equal(plan.Policies.Count, plan.Policies.Select(p => p.Name).Distinct().Count());
        Assert.All(
            plan.Scenarios, s => Assert.True(s.Seed > 90_000 != (name == "baselines"), "judged on the seeds of training, or searched on those of judging"));
        Assert.All(plan.Scenarios, s => Assert.InRange(s.Duration - s.WarmUp, 0.9, 60));
    }

    [Fact]
    public void The_grid_has_every_axis()
    {
        ExperimentPlan plan = Plan("grid");
        Assert.Equal(4 * 4 * 2 * 7 * 2, plan.Scenarios.Count);
        string[][] axes = [.. plan.Scenarios.Select(s => s.Name.Split('/'))];
        Assert.Equal(["co-dc-cloud", "dc-cloud", "full-edge", "uninett"], axes.Select(a => a[0]).Distinct().Order());
        Assert.Equal(["0.6", "0.9", "1.1", "1.5"], axes.Select(a => a[1]).Distinct().Order());
        Assert.Equal(["shared", "stale"], axes.Select(a => a[2]).Distinct().Order());
        Assert.Equal(["azure", "bursts", "large", "misprofiled", "noisy", "rough", "steady"], axes.Select(a => a[3]).Distinct().Order());
        BoundWorld[] bounds = [.. plan.Scenarios.Select(plan.BoundOf)];
        Assert.Equal(plan.Scenarios.Count / 2, bounds.Select(b => b.Name).Distinct().Count());

        // Of a long run where load is steady, as many of its requests as the cell has; of the very run elsewhere.
        Assert.All(plan.Scenarios.Zip(bounds), p => Assert.Equal(p.First.Name.Contains("/steady/", StringComparison.Ordinal) ? 10 : 1, p.Second.Every));
        Assert.All(plan.Scenarios.Zip(bounds), p =>
            Assert.Equal((p.First.Duration - p.First.WarmUp) * p.Second.Every, p.Second.World.Duration - p.Second.World.WarmUp, 1e-9));
    }

    [Fact]
    public void Patterns_have_the_same_mean_rate()
    {
        Dictionary<string, double> rates = Plan("grid").Scenarios
            .Where(s => s.Name.StartsWith("dc-cloud/0.6/shared/", StringComparison.Ordinal) && !s.ValueIsAccuracy)
            .ToDictionary(
                s => s.Name.Split('/')[3], s => Enumerable.Range(1, 20).Average(seed => Count(s with { Load = 0.5 }, (ulong)seed)) / s.Duration / 0.5);
        Assert.InRange(rates["steady"], 990, 1010);
        Assert.InRange(rates["rough"], 990, 1010);
        Assert.InRange(rates["azure"], 960, 1040);
        Assert.InRange(rates["bursts"], 850, 1150); // twenty paths of a chain with fifteen stays each
    }

    private static long Count(Scenario scenario, ulong seed)
    {
        Workload workload = new(scenario, seed);
        long n = 0;
        while (workload.TryNext(out _)) n++;
        return n;
    }

    // Loads that are not known would take minutes to be found: then this does not come to an end.
    private static ExperimentPlan Plan(string name)
    {
        NamedExperiment experiment = NamedExperiments.Catalogue.First(e => e.Name == name);
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(5));
        return experiment.Plan(new ExperimentInputs(
            Folder, new UnitLoads(null, Path.Combine(Folder, "experiments", "unit-loads.json")),
            [.. experiment.Policies.Where(PolicyCatalogue.IsBuiltIn).Select(PolicyEntry.Of)], soon.Token));
    }
}
