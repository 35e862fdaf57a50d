using System.Text.Json;
using StreamSched.Core.Scheduling;
using StreamSched.Demo;
using StreamSched.Hosting;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Demo;

/// <summary>The world that the demo plays live and the simulator in virtual time.</summary>
public class DemoWorldTests
{
    [Fact]
    public void Variants_are_as_accurate_as_the_models_that_the_live_run_has()
    {
        Dictionary<string, float> variants =
            World().Scenario.Workers.SelectMany(w => w.Variants).DistinctBy(v => v.Name).ToDictionary(v => v.Name, v => v.Accuracy);
        Assert.Equal(6, variants.Count);
        Assert.All(variants, variant =>
        {
            using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Checkout.Path("models", variant.Key + ".json")));
            Assert.Equal(manifest.RootElement.GetProperty("accuracy").GetSingle(), variant.Value);
        });
    }

    [Fact]
    public void Live_workers_emulate_the_times_powers_and_tariffs_of_the_scenario()
    {
        DemoWorld world = World();
        Assert.Equal(["edge-1", "edge-2", "cloud-1"], world.Workers.Select(w => w.Id));
        Assert.All(world.Workers.Zip(world.Scenario.Workers), pair =>
        {
            (DemoWorker live, WorkerDefinition simulated) = pair;
            Assert.Equal(world.Scenario.Sites[simulated.Site].Name, live.Site);
            Assert.Equal(simulated.Variants.Select(v => v.Name), live.Variants);
            Assert.Equal(simulated.Class.Processors[0].ActiveWatts, live.ActiveWatts);
            Assert.Equal(simulated.Class.Processors[0].TariffPerHour, live.TariffPerHour);
            Assert.All(simulated.Class.Services, s => Assert.Equal(s.Seconds[^1], live.Times[s.Variant].Seconds(s.Batches[^1])));
            Assert.True(live.Slowdown > 1); // so that results say that they are emulated
        });
    }

    [Fact]
    public void Live_devices_ask_what_the_simulator_has_them_ask()
    {
        DemoWorld world = World(load: 0.5);
        Requests seen = new(world);
        new World(world.Scenario, new WorldSettings { Seed = 7, Observer = seen }).Run(TestContext.Current.CancellationToken);
        string[] live = [.. world.Arrivals(7).Select(a => world.Devices[a.Device].Id)];
        Assert.InRange(live.Length, 2800, 3600);
        Assert.Equal(live, seen.Devices);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(6)]
    public void Its_timetable_is_as_long_as_it_is_played(double seconds)
    {
        DemoWorld world = World(seconds);
        double[] loads = [.. Enumerable.Range(0, 1000).Select(i => world.LoadAt((i + 0.5) / 1000 * seconds))];
        Assert.Equal((0.5, 2.1), (loads.Min(), loads.Max()));
        Assert.Equal(1, loads.Average(), 2);

        // The link from 8 to 16 s of 30, the board from 18 to 26.
        Assert.Equal([12, 48, 12], Instants(7.9, 8.1, 16.1).Select(t => world.LinkDelayAt(2, t).TotalMilliseconds));
        Assert.Equal(TimeSpan.Zero, world.LinkDelayAt(0, Instants(8.1)[0]));
        Assert.Equal([1, 4, 1], Instants(17.9, 18.1, 26.1).Select(t => world.PaceAt(0, t, 0)));
        Assert.Equal(1, world.PaceAt(1, Instants(18.1)[0], 0));
        Assert.Equal(["link to cloud", "edge-1"], Instants(9, 20).SelectMany(world.WorseAt).Select(c => c.What));

        double[] Instants(params double[] ofThirty) => [.. ofThirty.Select(t => t * seconds / 30)];
    }

    [Fact]
    public void What_is_slow_is_said_with_the_second_since_when()
    {
        Assert.Equal("load 0.7 × the mean", DemoView.Now(World(), 2));
        Assert.Equal("load 2.1 × the mean, link to cloud: 4 × slower since 8 s", DemoView.Now(World(), 10));
        Assert.Equal("load 0.5 × the mean, [red]edge-1: 4 × slower since 18 s[/]", DemoView.Now(World(), 18.5, "red"));
    }

    [Fact]
    public void X0_the_world_for_learning_gets_worse_for_good_at_its_thirds()
    {
        DemoWorld world = DemoWorld.Read("demo-learn", TimeSpan.FromSeconds(9), 1, "accuracy");
        Assert.Equal(
            [("nothing has changed", 0), ("fashion frames: grainy", 3), ("edge-1: one batch in 10 takes 4 × as long", 6)], world.Phases);
        Assert.Equal([false, true, true], ((double[])[2.9, 3, 100]).Select(t => world.IsGrainyAt("fashion", t)));
        Assert.False(world.IsGrainyAt("digits", 5));
        Assert.Equal([1, 4, 1], [world.PaceAt(0, 5.9, 0), world.PaceAt(0, 6, 0.09), world.PaceAt(0, 6, 0.11)]);
        Assert.Equal(1, world.PaceAt(1, 7, 0));
        Assert.False(world.HasWaves);
        Assert.Equal(0.25, world.LabelShare);
    }

    // Whatever one had chosen before it began, even knowing what would come.
    [Theory]
    [InlineData("accuracy")]
    [InlineData("energy")]
    public void No_simple_rule_suffices_for_it(string preset)
    {
        DemoComparison comparison = Simulated(preset, seeds: 3, [PolicySource.Default, .. PolicyEntry.Heuristics]);
        DemoComparison.Row best = comparison.Policies[0];
        Assert.False(best.IsSimpleRule);
        Assert.True(best.ToBestRule!.Value.ExcludesZero, $"{best.ToBestRule}");
        Assert.InRange(best.InTime.Mean, 0.5, 0.99); // it asks something of the best one, too
    }

    [Fact]
    public void Energy_weighed_takes_less_energy()
    {
        DemoComparison accuracy = Simulated("accuracy", seeds: 1, ["price"]), energy = Simulated("energy", seeds: 1, ["price"]);
        Assert.True(energy.Policies[0].EnergyJoules < 0.8 * accuracy.Policies[0].EnergyJoules);
        Assert.Equal(
            energy.Policies[0].RightAndInTime.Mean - (0.5 * energy.Policies[0].EnergyJoules), energy.Policies[0].Utility.Mean, 1e-6);
    }

    private static DemoWorld World(double seconds = 30, double load = 1) => DemoWorld.Read("demo", TimeSpan.FromSeconds(seconds), load, "accuracy");

    private static DemoComparison Simulated(string preset, int seeds, IReadOnlyList<string> policies)
    {
        ExperimentPlan plan = new()
        {
            Scenarios = [DemoWorld.Read("demo", TimeSpan.FromSeconds(30), 1, preset).Scenario], Seeds = seeds, Bound = null,
            Policies =
            [
                .. policies.Select(p => new PolicyEntry(
                    p, PolicySource.Find(p, "--policy").Into(new SchedulerSettings { Exploration = 0 }), PolicyEntry.Heuristics.Contains(p))),
            ],
        };
        Provenance provenance = new("simulated", "", "", "", 0);
        return DemoComparison.Of(Assert.Single(ExperimentRunner.Run(plan, provenance, cancellation: TestContext.Current.CancellationToken).Cells));
    }

    private sealed class Requests(DemoWorld world) : WorldObserver
    {
        private readonly SortedDictionary<long, string> _byId = [];

        public IEnumerable<string> Devices => _byId.Values;

        public override void Ended(in Outcome outcome, long now) => _byId.Add(outcome.Id, world.Scenario.Applications[outcome.Application].Name);
    }
}
