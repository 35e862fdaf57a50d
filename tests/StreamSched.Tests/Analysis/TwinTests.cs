using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Twins;
using StreamSched.Analysis.Worlds;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Requests;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Analysis;

/// <summary>Scenarios made out of logs: what is known of a cluster is found again in its twin.</summary>
public class TwinTests
{
    [Fact]
    public void X9_times_scatter_and_changes_of_workers_and_links_are_found_again()
    {
        Twin twin = Twin.Of(Known(out _));
        WorkerFit worker = twin.Workers.Single(w => w.Description.Id == "w1");
        ServiceFit service = Assert.Single(worker.Services);
        Assert.Equal([1, 4], service.Sizes);
        Assert.InRange(service.True(0), 0.0126, 0.0134); // 1.3 times the registered 10 ms
        Assert.InRange(service.True(1), 0.0315, 0.0335); // and of the registered 25 ms
        Assert.InRange(service.Sigma, 0.105, 0.125); // 0.1 for a run of one, twice that for each of four that share a run
        (double from, double to, double factor) = Assert.Single(worker.Levels);
        Assert.InRange(from, 19, 21);
        Assert.InRange(to, 29, 31);
        Assert.InRange(factor, 2.8, 3.2);
        Assert.Equal(0, worker.Spread.Share);

        WayFit access = Assert.Single(twin.Access), there = twin.There.Single(w => w.To == "cloud"), back = twin.Back.Single(w => w.From == "cloud");
        Assert.InRange(access.Delay.Mean, 0.0018, 0.0022);
        Assert.InRange(there.Delay.Mean, 0.0038, 0.0042);
        Assert.InRange(there.Delay.Deviation, 0.0010, 0.0015); // 0.3 of it
        Assert.Equal(0.005, there.Predicted, 1e-6);
        (from, to, factor) = Assert.Single(there.Levels);
        Assert.InRange(from, 39, 41);
        Assert.InRange(to, 49, 51);
        Assert.InRange(factor, 3.7, 4.3);
        Assert.InRange(back.Delay.Mean, 0.0057, 0.0063);

        AccuracyFit accuracy = Assert.Single(twin.Accuracies);
        (from, to, double right) = Assert.Single(accuracy.Levels);
        Assert.InRange(from, 25, 35);
        Assert.Equal(twin.Duration, to);
        Assert.InRange(right, 0.56, 0.66);
    }

    [Fact]
    public void X9_a_variant_that_errs_on_the_frames_of_one_site_does_so_in_the_twin()
    {
        TwinLog log = new();
        log.Log.Take(TwinLog.Worker("w1", "cloud"));
        log.Telemetry("w1", -5, 62);
        int n = 0;
        for (double at = 0; at < 60; at += 0.05, n++)
        {
            string site = n % 3 == 0 ? "yard" : n % 60 == 1 ? "gate" : "plant";
            log.Answer(at, "w1", new TwinTimes(0.001, 0.004, 0, 0.01, 0.006), site: site, isRight: log.Uniform() < (site == "yard" ? 0.4 : 0.9));
        }

        Twin twin = Twin.Of(log.Log);
        AccuracyFit yard = Assert.Single(twin.Accuracies, a => a.Sites is ["yard"]);
        Assert.InRange(Assert.Single(yard.Levels).Accuracy, 0.34, 0.46);
        Assert.Empty(Assert.Single(twin.Accuracies, a => a.Sites is ["plant"]).Levels); // as registered
        Assert.InRange(Assert.Single(twin.Accuracies, a => a.Sites is ["gate"]).Levels[0].Accuracy, 0.68, 0.8); // too few labels of its own: as all together
        Scenario scenario = Load(twin);
        EventDefinition change = scenario.Events.First(e => e.Kind == EventKind.Accuracy && e.Factor.Least < 0.6);
        Assert.Equal("yard-devices", scenario.Sites[Assert.Single(change.Origins)].Name);
    }

    [Fact]
    public void X9_what_runs_beside_and_runs_that_take_much_longer_are_found_again()
    {
        TwinLog log = new();
        InterferenceTable registered = new([new InterferenceMatrix("small", "small", "small", [1, 1.2f, 1.2f, 1.4f])]);
        log.Log.Take(TwinLog.Worker("w1", "cloud", slots: 2, registered));
        log.Telemetry("w1", 0, 60);
        for (double at = 0; at < 60; at += 0.02 * log.Exponential())
        {
            int company = log.Uniform() < 0.4 ? 1 : 0;
            double service = log.Draw(0.010, 0.05) * (company == 1 ? 1.5 : 1) * (log.Uniform() < 0.03 ? 6 : 1);
            log.Answer(at, "w1", new TwinTimes(0.002, 0.004, 0, service, 0.006), company: company);
        }

        Twin twin = Twin.Of(log.Log);
        WorkerFit worker = Assert.Single(twin.Workers);
        Assert.InRange(Assert.Single(worker.Company), 1.45, 1.55);
        Assert.InRange(worker.Spread.Share, 0.02, 0.04);
        Assert.InRange(worker.Spread.Factor, 5.5, 6.5);

        // The schedulers of the twin believe the registered matrices, and the machine does what was measured.
        WorkerDefinition defined = Assert.Single(Load(twin).Workers);
        Assert.NotSame(defined.Registered, defined.Class.Interference);
        Assert.Equal(1.2f, defined.Registered.Factor("small", ["small"], [1]), 1e-5);
        Assert.Equal(1.5f, defined.Class.Interference.Factor("small", ["small"], [1]), 0.05f);
    }

    [Fact]
    public void X9_a_scenario_of_a_twin_has_what_schedulers_believed_beside_what_was_true()
    {
        Twin twin = Twin.Of(Known(out int requests));
        Scenario scenario = Load(twin);
        Assert.Equal(["cloud-site", "far", "plant-devices"], [.. scenario.Sites.Select(s => s.Name).Order()]);
        ServiceDefinition service = Assert.Single(scenario.Workers.Single(w => w.Class.Name == "w1").Class.Services);
        Assert.Equal(0.010f, service.Registered!.Value.Seconds[0], 1e-6f);
        Assert.InRange(service.Seconds[0], 0.0126f, 0.0134f);
        Assert.All(scenario.Workers, w => Assert.Equal("board", w.Class.Registered)); // each has times of its own, and schedulers took them for alike
        int plant = Site("plant-devices"), cloud = Site("cloud-site");
        Assert.Equal(0.005, scenario.Links[plant, cloud].Delay, 1e-6);
        Assert.Equal(0.003, scenario.Links[cloud, plant].Delay, 1e-6);
        EventDefinition[] ways = [.. scenario.Events.Where(e => e.Kind == EventKind.Link && e.Links.Contains((plant, cloud)))];
        Assert.All(ways, way => Assert.Single(way.Links)); // one way only
        Assert.Equal(3, ways.Length); // 4 of 5 ms, four times as much for a while, and as before
        Assert.InRange(ways[0].Factor.Least, 0.76, 0.84);
        Assert.InRange(ways[1].Factor.Least, 3.0, 3.4);
        Assert.Contains(scenario.Events, e => e.Kind == EventKind.Accuracy);
        Assert.Contains(scenario.Events, e => e.Kind == EventKind.SlowDown && e.Workers.Count == 1);

        RecordedPolicy price = new PolicyShelf().BuiltIn(PolicyNames.Price)!;
        WorldResult run = Assert.Single(Resimulation.Runs(scenario, price, 0, 1, CancellationToken.None));
        Assert.Equal(requests, run.Simulated);
        TwinFigures figures = TwinFigures.Of(run);
        Assert.Equal(1, figures.Success + figures.Reject + figures.Failure, 1e-9);
        Assert.Equal(1, figures.Shares.Values.Sum(), 1e-9);

        int Site(string name) => scenario.Sites.Select(s => s.Name).ToList().IndexOf(name);
    }

    [Fact]
    public void X9_a_worker_without_telemetry_is_away()
    {
        TwinLog log = new();
        foreach (string id in (string[])["early", "gone", "late", "never", "restarted"]) log.Log.Take(TwinLog.Worker(id, "plant"));
        log.Telemetry("early", -5, 62);
        log.Telemetry("gone", -5, 30);
        log.Telemetry("late", 20, 62);
        log.Telemetry("restarted", -5, 25);
        log.Telemetry("restarted", 35, 62);
        for (double at = 0; at < 60; at += 0.1) log.Answer(at, "early", new TwinTimes(0.001, 0.001, 0, 0.01, 0.001));
        Twin twin = Twin.Of(log.Log);
        Assert.Equal(["early", "gone", "late", "restarted"], [.. twin.Workers.Select(w => w.Description.Id)]); // one that never was there is not
        Assert.Empty(twin.Workers[0].Away);
        Scenario scenario = Load(twin);
        EventDefinition left = scenario.Events.Single(e => e.Kind == EventKind.Crash && double.IsInfinity(e.For));
        Assert.Equal((1, 29.75), (left.Workers.Single(), left.At));
        EventDefinition joined = scenario.Events.Single(e => e.Kind == EventKind.Join);
        Assert.Equal((2, 20.0), (joined.Workers.Single(), joined.At));
        EventDefinition away = scenario.Events.Single(e => e.Kind == EventKind.Crash && double.IsFinite(e.For));
        Assert.Equal((3, 24.75, 10.25), (away.Workers.Single(), away.At, away.For));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cloud")]
    [InlineData("access")]
    [InlineData("a, \"b\" | c*\n")]
    [InlineData("Werk Süd/3")]
    public void Sites_of_any_name_become_sites_of_a_scenario(string name)
    {
        TwinLog log = new();
        log.Log.Take(TwinLog.Worker("w1", name));
        log.Log.Take(TwinLog.Worker("w2", "w*"));
        log.Telemetry("w1", 0, 10);
        log.Telemetry("w2", 0, 10);
        for (double at = 0; at < 10; at += 0.05) log.Answer(at, at < 5 ? "w1" : "w2", new TwinTimes(0.001, 0.001, 0, 0.01, 0.001), site: name);
        Scenario scenario = Load(Twin.Of(log.Log));
        Assert.Equal(2, scenario.Workers.Count);
        Assert.Equal(2, scenario.Workers.Select(w => w.Site).Distinct().Count());
    }

    [Fact]
    public void Requests_that_no_world_has_are_left_out_and_that_is_said()
    {
        TwinLog log = new();
        log.Log.Take(TwinLog.Worker("w1", "plant"));
        for (double at = 0; at < 10; at += 0.05) log.Answer(at, "w1", new TwinTimes(0.001, 0.001, 0, 0.01, 0.001));
        log.Reject(5, "sounds", 0, "no-worker");
        log.Reject(5, "fashion", 0.95f, "accuracy");
        log.Reject(5, "fashion", 0, AnswerReason.Invalid + "weight");
        log.Reject(5, "fashion", 0, AnswerReason.Shape);
        log.Reject(5, "fashion", 0.89999f, "deadline");
        Twin twin = Twin.Of(log.Log);
        Assert.Equal(201, twin.Requests.Count);
        Assert.Contains(twin.Assumed, a => a.StartsWith("2 requests that no variant", StringComparison.Ordinal));
        Assert.Equal(2, Load(twin).Applications.Count);
    }

    [Fact]
    public void What_a_scenario_cannot_have_of_a_registration_is_left_out()
    {
        TwinLog log = new();
        WorkerDescription sound = TwinLog.Worker("w1", "plant");
        ServiceTable table = new(0.01f);
        log.Log.Take(sound with
        {
            Processors = [new ProcessorDescription { Id = "cpu", Slots = 1000, MemoryBytes = 1000 }],
            Variants =
            [
                sound.Variants[0],
                sound.Variants[0] with { Name = "elsewhere", Services = new Dictionary<string, ServiceTable> { ["gpu"] = table } },
                sound.Variants[0] with { Name = "large", MemoryBytes = 2000, Services = new Dictionary<string, ServiceTable> { ["cpu"] = table } },
            ],
        });
        log.Telemetry("w1", 0, 10);
        for (double at = 0; at < 10; at += 0.05) log.Answer(at, "w1", new TwinTimes(0.001, 0.001, 0, 0.01, 0.001));
        WorkerDefinition worker = Assert.Single(Load(Twin.Of(log.Log)).Workers);
        Assert.Equal(["small"], [.. worker.Variants.Select(v => v.Name)]);
        Assert.Equal(64, worker.Class.Processors[0].Slots);
    }

    [Fact]
    public void A_log_in_which_nothing_ended_gives_no_twin()
    {
        Assert.Throws<InvalidDataException>(() => Twin.Of(new ObservedLog()));
        TwinLog log = new();
        log.Answer(0, "unregistered", new TwinTimes(0.001, 0.001, 0, 0.01, 0.001));
        InvalidDataException nobody = Assert.Throws<InvalidDataException>(() => Twin.Of(log.Log));
        Assert.Contains("no worker", nobody.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void X9_a_twin_that_is_off_says_so()
    {
        TwinFigures real = new(0.95, 0.01, 0.04, 0.9, 0.030, 0.100, 0.01, 0.2, new Dictionary<(string, string), double>());
        Assert.Empty(new TwinComparison(real, [real with { Success = 0.93, P99 = 0.112 }, real]).Off);
        Assert.Contains("differs by -4.0 points", Assert.Single(new TwinComparison(real, [real with { Success = 0.91 }]).Off), StringComparison.Ordinal);
        Assert.Contains("0.80 times", Assert.Single(new TwinComparison(real, [real with { P99 = 0.080 }]).Off), StringComparison.Ordinal);

        // One run that happened is held against runs that differ among themselves.
        string byChance = Assert.Single(new TwinComparison(real, [real with { P99 = 0.095 }, real with { P99 = 0.180 }]).Off);
        Assert.EndsWith("the real one lies among the twin's own runs, 95 to 180", byChance, StringComparison.Ordinal);
    }

    // A minute: w1 is 1.3 times as slow as registered, three times that from 20 to 30 s; the way to it takes 4 ms, four times that from 40 to 50 s;
    // from 30 s on 60 % of the answers are right instead of 90 %. Another worker, far away, answers little.
    private static ObservedLog Known(out int requests)
    {
        TwinLog log = new();
        log.Log.Take(TwinLog.Worker("w1", "cloud"));
        log.Log.Take(TwinLog.Worker("w2", "far"));
        log.Telemetry("w1", -1, 61);
        log.Telemetry("w2", -1, 61);
        requests = 0;
        for (double at = 0; at < 60; at += 0.02 * log.Exponential())
        {
            int batch = log.Uniform() < 0.3 ? 4 : 1;
            double service = log.Draw(1.3 * (batch == 4 ? 0.025 : 0.010), 0.1) * (at is >= 20 and < 30 ? 3 : 1);
            double there = log.Draw(0.004, 0.3) * (at is >= 40 and < 50 ? 4 : 1);
            bool isRight = log.Uniform() < (at < 30 ? 0.9 : 0.6);
            bool isFar = log.Uniform() < 0.01;
            TwinTimes times = new(log.Draw(0.002, 0.2), there, 0.001, service, log.Draw(0.006, 0.2));
            log.Answer(at, isFar ? "w2" : "w1", times, isFar ? 1 : batch, isRight: isRight);
            requests += isFar ? 1 : batch;
        }

        return log.Log;
    }

    private static Scenario Load(Twin twin) => new TwinScenario(twin).ToScenario(warmUp: 0);
}
