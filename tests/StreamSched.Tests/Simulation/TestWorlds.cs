using System.Globalization;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>Small scenarios whose behaviour can be worked out by hand.</summary>
internal static class TestWorlds
{
    /// <summary>One worker with one queue, no network, deadlines that never matter.</summary>
    public static Scenario SingleServer(double rate, string services, double duration, string processors = """{"id":"cpu"}""", double warmUp = 0) => Parse($$"""
        {
          "duration_s": {{Text(duration)}}, "warmup_s": {{Text(warmUp)}},
          "variants": [{"name":"m","task":"t","accuracy":0.5}],
          "classes": [{"name":"w","processors":[{{processors}}],"services":[{{services}}]}],
          "workers": [{"class":"w"}],
          "applications": [{"name":"a","task":"t","deadline_ms":1e7}],
          "arrivals": [{"kind":"poisson","rate_per_s":{{Text(rate)}}}]
        }
        """);

    public static Scenario Parse(string json) => ScenarioFile.Parse(json, "test.json");

    public static WorldResult Run(Scenario scenario, string policy = PolicyNames.EarliestFinish, ulong seed = 1, WorldObserver? observer = null) =>
        new World(scenario, new WorldSettings { Seed = seed, Scheduler = new SchedulerSettings { Policy = policy, Exploration = 0 }, Observer = observer })
            .Run();

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
