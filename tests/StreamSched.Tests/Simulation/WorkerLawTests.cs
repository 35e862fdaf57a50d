using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>What batches, co-runners and slow-downs do to a handful of requests, worked out by hand.</summary>
public class WorkerLawTests
{
    [Fact]
    public void A_batch_forms_while_the_worker_is_busy()
    {
        // At 0, 1, 2, 3 ms: the first runs alone for 10 ms, the others together for 10 + 2 · 2 = 14 ms.
        Recorder seen = Play("""{"id":"gpu"}""", """{"variant":"m","processor":"gpu","ms":[[1,10],[8,24]]}""", "", "0\n0.001\n0.002\n0.003\n");
        Assert.Equal([1, 3, 3, 3], seen.Outcomes.Select(o => o.Batch));
        Assert.Equal([10, 24 - 1, 24 - 2, 24 - 3], seen.Outcomes.Select(o => (int)Math.Round(o.LatencySeconds * 1e3)));
    }

    [Fact]
    public void Company_slows_what_runs_while_it_is_there()
    {
        // Alone 10 ms, with one other twice as long. A from 0, B from 5 ms: A has done half when B comes; the rest takes 10 ms. Then B, which has done half
        // in those 10 ms, is alone: 5 ms more.
        Recorder seen = Play(
            """{"id":"cpu","slots":2}""", """{"variant":"m","processor":"cpu","ms":10}""", ""","interference":{"per_company":{"*":[2]}}""", "0\n0.005\n");
        Assert.Equal([15, 15], seen.Outcomes.OrderBy(o => o.Id).Select(o => (int)Math.Round(o.LatencySeconds * 1e3)));
        Assert.Equal(15e-3, seen.Outcomes[0].ServiceSeconds, 5);
    }

    [Fact]
    public void A_slow_down_slows_what_runs_already()
    {
        // 5 of 10 ms done, then four times slower.
        Recorder seen = Play(
            """{"id":"cpu"}""", """{"variant":"m","processor":"cpu","ms":10}""", "", "0\n", """,{"kind":"slow-down","at_s":0.005,"factor":4}""");
        Assert.Equal(25e-3, seen.Outcomes[0].LatencySeconds, 5);
    }

    [Fact]
    public void Energy_and_money_are_shared_by_a_batch()
    {
        Recorder seen = Play(
            """{"id":"gpu","active_w":100,"tariff_per_hour":3600}""", """{"variant":"m","processor":"gpu","ms":[[1,10],[8,24]]}""", "", "0\n0.001\n0.002\n");
        Assert.Equal(1.0f, seen.Outcomes[0].EnergyJoules, 4);
        Assert.Equal(100 * 0.012f / 2, seen.Outcomes[1].EnergyJoules, 4);
        Assert.Equal(0.006f, seen.Outcomes[1].Cost, 5);
    }

    private static Recorder Play(string processor, string service, string more, string arrivals, string events = "")
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "time_s\n" + arrivals);
            Scenario scenario = TestWorlds.Parse($$"""
                {
                  "duration_s": 1,
                  "variants": [{"name":"m","task":"t","accuracy":0.5}],
                  "classes": [{"name":"w","processors":[{{processor}}],"services":[{{service}}]{{more}}}],
                  "workers": [{"class":"w"}],
                  "applications": [{"name":"a","task":"t","deadline_ms":10000}],
                  "arrivals": [{"kind":"trace","file":"{{file}}"}],
                  "events": [{"kind":"load","at_s":0.9,"factor":1}{{events}}]
                }
                """);
            Recorder seen = new();
            TestWorlds.Run(scenario, PolicyNames.EarliestFinish, observer: seen);
            return seen;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private sealed class Recorder : WorldObserver
    {
        public List<Outcome> Outcomes { get; } = [];

        public override void Ended(in Outcome outcome, long now) => Outcomes.Add(outcome);
    }
}
