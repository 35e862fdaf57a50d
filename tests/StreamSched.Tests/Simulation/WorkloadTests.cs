using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;

namespace StreamSched.Tests.Simulation;

public class WorkloadTests
{
    [Fact]
    public void A4_Streams_are_byte_identical_for_a_seed_and_follow_the_steps()
    {
        Scenario scenario = With("""{"kind":"streams","per_minute":[[0,60],[100,180]]}""", 200, "\"fps\":2,\"duration_s\":5");
        List<Arrival> all = All(scenario, 3);
        Assert.Equal(
            all.Select(a => (a.Id, a.Created, a.Site, a.Partition, a.Draws)), All(scenario, 3).Select(a => (a.Id, a.Created, a.Site, a.Partition, a.Draws)));
        Assert.NotEqual(all.Count, All(scenario, 4).Count);

        // One client a second, then three, at two frames a second for five seconds each: ten, then thirty frames a second.
        Assert.InRange(all.Count(a => a.Created is > 10_000_000 and < 100_000_000) / 90.0, 7.5, 12.5);
        Assert.InRange(all.Count(a => a.Created is > 110_000_000 and < 200_000_000) / 90.0, 26, 34);

        // Frames of one client are half a second apart.
        long[] client = [.. all.Where(a => a.Partition == all[20].Partition).Select(a => a.Created)];
        Assert.All(client.Zip(client.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 499_998, 500_002));
        Assert.InRange(client.Length, 9, 11);
    }

    [Fact]
    public void Streams_that_began_earlier_are_there_from_the_start()
    {
        Scenario scenario = With("""{"kind":"streams","per_minute":6,"warm_start":true}""", 100, "\"fps\":2,\"duration_s\":[600,1800]");

        // 0.1 clients a second that stay for 1,200 s: 120 of them, 240 frames a second, all the time.
        List<Arrival> all = All(scenario, 1);
        Assert.InRange(all.Count(a => a.Created < 20_000_000) / 20.0, 170, 310);
        Assert.InRange(all.Count(a => a.Created > 80_000_000) / 20.0, 170, 310);
    }

    [Fact]
    public void T2_The_hidden_state_is_in_the_arrivals_and_rules_their_rate()
    {
        Scenario scenario = With(
            """{"kind":"markov-modulated","states":[{"name":"calm","rate_per_s":20,"mean_s":2},{"name":"burst","rate_per_s":400,"mean_s":1}]}""", 600);
        List<Arrival> all = All(scenario, 1);
        Assert.Equal([0, 1], all.Select(a => a.State).Distinct().Order());
        Assert.InRange(all.Count / 600.0, 120, 175); // (2 · 20 + 1 · 400) / 3 = 146.7

        // Counts over a second scatter far more than Poisson's.
        double[] counts = [.. Enumerable.Range(0, 600).Select(s => (double)all.Count(a => a.Created / 1_000_000 == s))];
        double mean = counts.Average();
        Assert.True(counts.Average(c => (c - mean) * (c - mean)) > 10 * mean);
    }

    [Fact]
    public void Load_multiplies_what_arrives_and_steps_apply_for_as_long_as_they_say()
    {
        Scenario scenario = With("""{"kind":"poisson","rate_per_s":100}""", 100, events: """{"kind":"load","at_s":40,"for_s":20,"factor":5}""") with
        {
            Load = 2,
        };
        List<Arrival> all = All(scenario, 1);
        Assert.InRange(all.Count(a => a.Created < 40_000_000) / 40.0, 185, 215);
        Assert.InRange(all.Count(a => a.Created is > 40_000_000 and < 60_000_000) / 20.0, 950, 1050);
        Assert.InRange(all.Count(a => a.Created > 60_000_000) / 40.0, 185, 215);
    }

    [Fact]
    public void A_trace_is_followed_with_its_applications_speed_and_scale()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "time_s,app\n1,b\n2,a\n4,b\n");
        Scenario scenario = With($$"""{"kind":"trace","file":"{{file}}","speed":2,"scale":2}""", 10, more: """,{"name":"b","task":"t","deadline_ms":50}""");
        Assert.Equal(
            [(500_000, 1), (500_000, 1), (1_000_000, 0), (1_000_000, 0), (2_000_000, 1), (2_000_000, 1)],
            All(scenario, 1).Select(a => (a.Created, a.Application)));
        File.WriteAllText(file, "start_s,rate_per_s\n0,100\n10,300\n");
        scenario = With($$"""{"kind":"trace","file":"{{file}}"}""", 20);
        List<Arrival> all = All(scenario, 1);
        Assert.InRange(all.Count(a => a.Created < 10_000_000), 900, 1100);
        Assert.InRange(all.Count(a => a.Created > 10_000_000), 2800, 3200);
        File.Delete(file);
    }

    private static List<Arrival> All(Scenario scenario, ulong seed)
    {
        Workload workload = new(scenario, seed);
        List<Arrival> all = [];
        while (workload.TryNext(out Arrival arrival)) all.Add(arrival);
        Assert.Equal(all.Select((_, i) => (long)i), all.Select(a => a.Id));
        Assert.True(all.Zip(all.Skip(1)).All(pair => pair.First.Created <= pair.Second.Created));
        return all;
    }

    private static Scenario With(string arrivals, double duration, string application = "\"weight\":1", string events = "", string more = "") =>
        TestWorlds.Parse($$"""
            {
              "duration_s": {{duration}},
              "variants": [{"name":"m","task":"t","accuracy":0.5}],
              "classes": [{"name":"w","processors":[{"id":"cpu"}],"services":[{"variant":"m","ms":10}]}],
              "workers": [{"class":"w"}],
              "applications": [{"name":"a","task":"t","deadline_ms":100,{{application}}}{{more}}],
              "arrivals": [{{arrivals}}],
              "events": [{{events}}]
            }
            """);
}
