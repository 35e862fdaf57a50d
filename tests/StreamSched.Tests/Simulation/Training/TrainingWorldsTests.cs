using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Rules;
using StreamSched.Core.Serving;
using StreamSched.Reports;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;

namespace StreamSched.Tests.Simulation.Training;

public class TrainingWorldsTests
{
    [Fact]
    public void Worlds_of_training_vary_what_matters_and_never_use_the_seeds_of_evaluation()
    {
        TrainingWorlds worlds = new(new TrainingPlan
        {
            Scenarios = [ScenarioFile.Load(Checkout.Path("scenarios", "small.json")), ScenarioFile.Load(Checkout.Path("scenarios", "aset.json"))],
            RequestsPerWorld = 5_000,
        });
        List<(Scenario Scenario, ulong Seed)> drawn = [.. Enumerable.Range(0, 300).Select(i => worlds.Draw((ulong)i))];
        Assert.All(drawn, d => Assert.InRange(d.Seed, 1UL, 49_999UL));
        Assert.All(drawn, d => Assert.True(d.Scenario.Duration > d.Scenario.WarmUp));

        // Long beside its deadlines, or what is left over at its end would be worth more than what is scarce before.
        Assert.All(drawn, d => Assert.True(d.Scenario.Duration - d.Scenario.WarmUp >= 4 * d.Scenario.Applications.Max(a => a.Deadline.Most)));
        Dictionary<string, int> size = new() { ["small"] = Count("small"), ["aset-full-edge"] = Count("aset") };
        Assert.All(drawn, d => Assert.InRange(Load(d.Scenario), 0.29, 1.61));
        Assert.True(drawn.Min(d => d.Scenario.ServiceScale) < 0.2 && drawn.Max(d => d.Scenario.ServiceScale) > 5);
        Assert.InRange(drawn.Count(d => d.Scenario.ValueIsAccuracy), 100, 200);
        Assert.Equal(2, drawn.Select(d => d.Scenario.Name).Distinct().Count());

        // Streams come one by one: their worlds are not cut to their empty beginning.
        Assert.All(drawn.Where(d => d.Scenario.Name == "aset-full-edge"), d => Assert.Equal(5, d.Scenario.WarmUp));
        Assert.Equal(drawn[7].Seed, worlds.Draw(7).Seed);

        double Load(Scenario s) => s.Load * s.ServiceScale * size[s.Name] / s.Workers.Count;

        static int Count(string name) => ScenarioFile.Load(Checkout.Path("scenarios", name + ".json")).WorkerCount;
    }

    [Fact]
    public void Worlds_are_drawn_around_scenarios_whose_events_name_what_a_drawn_world_may_have_left_out()
    {
        Scenario scenario = ShippedScenarios.Read("live-accuracy")[0];
        TrainingWorlds worlds = new(new TrainingPlan
        {
            Scenarios = [scenario with { WarmUp = 0.1, Events = [.. scenario.Events.Select(e => e with { At = 0 })] }], RequestsPerWorld = 100,
        });
        int without = 0;
        for (ulong seed = 1; seed <= 40; seed++)
        {
            (Scenario world, _) = worlds.Draw(seed);
            if (world.Events.Any(e => e.Variant is { } v && e.Workers.Any(w => world.Workers[w].Variants.All(x => x.Name != v)))) without++;
            worlds.Value(seed, new RuleConstants(), 0, c => new PricePolicy(c.Price), TestContext.Current.CancellationToken);
        }

        Assert.True(without > 0, "no world has left out the variant");
    }

    [Fact]
    public void Machines_of_training_are_as_unlike_each_other_as_users_have_them()
    {
        Scenario small = ScenarioFile.Load(Checkout.Path("scenarios", "small.json")), metro = ScenarioFile.Load(Checkout.Path("scenarios", "metro.json"));
        TrainingWorlds worlds = new(new TrainingPlan { Scenarios = [small, metro], RequestsPerWorld = 50_000 });
        Scenario[] drawn = [.. Enumerable.Range(0, 400).Select(i => worlds.Draw((ulong)i).Scenario)];

        ServiceNoise[] noise = [.. drawn.SelectMany(d => d.Workers.SelectMany(w => w.Class.Services.Select(s => s.Noise)))];
        Assert.Contains(noise, n => n.Exponential);
        Assert.Contains(noise, n => n.Sigma > 1.2);
        Assert.All(noise, n => Assert.InRange(n.Sigma, 0, 1.5));
        Assert.InRange(drawn.Count(d => d.Workers.SelectMany(w => w.RegisteredScales).Distinct().Count() > 1), 20, 200);
        Assert.InRange(drawn.SelectMany(d => d.Workers).SelectMany(w => w.RegisteredScales).Min(), 0.39, 0.6);
        Assert.InRange(drawn.SelectMany(d => d.Workers).SelectMany(w => w.RegisteredScales).Max(), 1.7, 2.51);
        Assert.Equal(2, drawn.Min(d => d.WorkerCount));
        Assert.InRange(drawn.Max(d => d.WorkerCount), 100, 1000);
        Assert.All(drawn, d => Assert.Equal(d.WorkerCount, d.Workers.Select(w => w.Id).Distinct().Count()));
        int[] variants = [.. drawn.Where(d => d.Name == "metro").Select(d => d.Workers.SelectMany(w => w.Variants).DistinctBy(v => v.Name).Count())];
        Assert.InRange(variants.Count(n => n < variants.Max()), 20, 150);
        Assert.All(drawn, d => Assert.All(d.Workers, w => Assert.NotEmpty(w.Variants)));
        double[] deadlines = [.. drawn.SelectMany(d => d.Applications.Select(a => a.Deadline.Most))];
        Assert.True(deadlines.Max() > 8);
        Assert.All(deadlines, d => Assert.InRange(d, 0.02, 10));
        Assert.Contains(drawn, d => d.Events.Any(e => e.Kind == EventKind.Crash));
        Assert.All(drawn, d => Assert.All(d.Events, e => Assert.All(e.Workers, w => Assert.InRange(w, 0, d.WorkerCount - 1))));
    }
}
