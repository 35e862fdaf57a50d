using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Planning;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>Changes of the world that schedulers are not told: accuracy, spread, interference, workers that join, another mix; and labels.</summary>
public class WorldChangeTests
{
    [Fact]
    public void True_accuracy_changes_at_its_instant_and_returns_while_schedulers_see_what_is_registered()
    {
        Recorder seen = Play("""{"kind":"accuracy","variant":"m","at_s":4,"for_s":3,"becomes":0.2}""");
        Assert.All(seen.Outcomes, o => Assert.Equal(o.At is >= 4 and < 7 ? 0.2f : 0.8f, o.Outcome.Accuracy, 5));
        Assert.All(seen.Registered, accuracy => Assert.Equal(0.8f, accuracy));
        double right = seen.Outcomes.Average(o => o.Outcome.Accuracy);
        Assert.Equal(right, seen.Result!.All.AccuracyValue, 6);
        Assert.Equal(right, Assert.Single(seen.Result.Placements).Accuracy, 6);
    }

    [Fact]
    public void True_accuracy_drifts_in_twenty_steps()
    {
        Recorder seen = Play("""{"kind":"accuracy","variant":"m","at_s":2,"over_s":4,"factor":0.5}""");
        Assert.Equal(0.8f, seen.Outcomes.First(o => o.At > 1.9).Outcome.Accuracy, 5);
        Assert.Equal(0.6f, seen.Outcomes.First(o => o.At > 4.01).Outcome.Accuracy, 5);
        Assert.Equal(0.4f, seen.Outcomes[^1].Outcome.Accuracy, 5);
        Assert.Equal(21, seen.Outcomes.Select(o => MathF.Round(o.Outcome.Accuracy, 4)).Distinct().Count());
    }

    [Fact]
    public void True_accuracy_changes_only_where_it_is_said_and_is_1_at_most()
    {
        Recorder seen = Play("""{"kind":"accuracy","variant":"m","workers":"w-here-2","at_s":0,"factor":9}""", workers: 2);
        Assert.All(seen.Outcomes, o => Assert.Equal(o.Outcome.Worker == 1 ? 1 : 0.8f, o.Outcome.Accuracy));
        Assert.Equal(2, seen.Outcomes.Select(o => o.Outcome.Worker).Distinct().Count());
    }

    [Fact]
    public void L4_true_accuracy_changes_only_for_the_frames_of_the_devices_that_are_named()
    {
        const string Places = ""","sites":[{"name":"yard"},{"name":"hall"}],"links":{"other":{"delay_ms":1}} """;
        Recorder seen = Play(
            """
            {"kind":"accuracy","variant":"m","frames_from":"yard","at_s":4,"for_s":3,"becomes":0.2},
            {"kind":"accuracy","variant":"m","at_s":8,"factor":0.5}
            """,
            more: Places);
        Assert.Equal(2, seen.From.Values.Distinct().Count());
        Assert.All(seen.Outcomes, o =>
            Assert.Equal(o.At >= 8 ? 0.4f : o.At is >= 4 and < 7 && seen.From[o.Outcome.Id] == 1 ? 0.2f : 0.8f, o.Outcome.Accuracy, 5));
        Assert.Contains("no site matches attic", Assert.Throws<ScenarioException>(
            () => Play("""{"kind":"accuracy","variant":"m","frames_from":"attic","at_s":4,"becomes":0.2}""", more: Places)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_of_the_runs_takes_longer_and_it_is_the_same_requests_wherever_they_run()
    {
        const string Event = """{"kind":"spread","at_s":2,"for_s":6}""";
        Recorder seen = Play(Event), other = Play(Event, workers: 2);
        Assert.All(seen.Outcomes.Where(o => o.At is < 2 or >= 8.1), o => Assert.InRange(o.Outcome.ServiceSeconds, 0.00999f, 0.01001f));
        (Outcome Outcome, double At)[] during = seen.Outcomes.Where(o => o.At is >= 2.1 and < 8).ToArray();
        Assert.All(during, o => Assert.True(Math.Abs(o.Outcome.ServiceSeconds - 0.01f) < 1e-5 || Math.Abs(o.Outcome.ServiceSeconds - 0.04f) < 1e-5));
        Assert.InRange(during.Average(o => o.Outcome.ServiceSeconds > 0.03f ? 1.0 : 0), 0.04, 0.17);
        long[] slow = [.. during.Where(o => o.Outcome.ServiceSeconds > 0.03f).Select(o => o.Outcome.Id)];
        Assert.All(other.Outcomes.Where(o => slow.Contains(o.Outcome.Id)), o => Assert.Equal(0.04f, o.Outcome.ServiceSeconds, 5));
    }

    [Theory]
    [InlineData("""{"kind":"interference","at_s":0,"factor":2}""", 20)] // 1 + 2 · 0.5
    [InlineData("""{"kind":"interference","at_s":0,"class":"heavy"}""", 30)]
    [InlineData("""{"kind":"interference","at_s":0,"class":"heavy","factor":0.5}""", 20)]
    [InlineData("""{"kind":"interference","at_s":0,"class":"none"}""", 10)]
    [InlineData("""{"kind":"interference","at_s":0,"for_s":0.5,"class":"heavy"}""", 15)]
    public void Interference_is_another_law_while_its_event_is_in_force(string change, int milliseconds)
    {
        // Two requests at the same instant, one second in: both slots are busy all the time.
        Recorder seen = Play(change, slots: 2, arrivals: "1\n1\n", interference: "1.5");
        Assert.All(seen.Outcomes, o => Assert.Equal(milliseconds, (int)Math.Round(o.Outcome.ServiceSeconds * 1e3)));
    }

    [Fact]
    public void Interference_of_workers_without_a_law_begins_and_ends_while_batches_run()
    {
        // 5 ms alone, then 3 times slower for 6 ms, in which 2 ms are done: 3 ms are left.
        Recorder seen = Play("""{"kind":"interference","at_s":1.005,"for_s":0.006,"class":"heavy"}""", slots: 2, arrivals: "1\n1\n");
        Assert.All(seen.Outcomes, o => Assert.Equal(0.014f, o.Outcome.ServiceSeconds, 5));
    }

    [Fact]
    public void A_worker_that_joins_has_no_part_in_anything_before()
    {
        Recorder seen = Play("""{"kind":"join","workers":"w-here-2","at_s":4}""", workers: 2);
        Assert.All(seen.Decisions.Where(d => d.At < 4), d => Assert.Equal(1, d.Candidates));
        Assert.All(seen.Decisions.Where(d => d.At > 4), d => Assert.Equal(2, d.Candidates));
        Assert.Contains(seen.Outcomes, o => o.Outcome.Worker == 1);
    }

    [Fact]
    public void Load_of_named_applications_makes_another_mix_of_as_many_requests()
    {
        const string Change = """{"kind":"load","applications":"a","at_s":100,"factor":1.5},{"kind":"load","applications":["b"],"at_s":100,"factor":0.5}""";
        Recorder seen = Play(Change, duration: 200, applications: 2), usual = Play("", duration: 200, applications: 2);
        Assert.Equal(usual.Outcomes.Select(o => o.Outcome.Id).Order(), seen.Outcomes.Select(o => o.Outcome.Id).Order());
        Assert.InRange(seen.Outcomes.Where(o => o.At < 100).Average(o => 1.0 - o.Outcome.Application), 0.47, 0.53);
        Assert.InRange(seen.Outcomes.Where(o => o.At > 100.1).Average(o => 1.0 - o.Outcome.Application), 0.72, 0.78);
    }

    [Fact]
    public void Load_of_one_application_adds_to_the_whole()
    {
        Recorder seen = Play("""{"kind":"load","applications":"a","at_s":100,"for_s":50,"factor":3}""", duration: 200, applications: 2);
        double before = seen.Outcomes.Count(o => o.At < 100) / 100.0, during = seen.Outcomes.Count(o => o.At is >= 100 and < 150) / 50.0;
        Assert.InRange(during / before, 1.85, 2.15);
        Assert.InRange(seen.Outcomes.Count(o => o.At >= 150) / 50.0 / before, 0.9, 1.1);
    }

    [Fact]
    public void Labels_come_back_late_for_a_share_of_the_answers_and_are_right_as_often_as_the_variant()
    {
        const string Labels = ""","labels":{"share":0.2,"delay_s":[2,10]}""";
        Recorder seen = Play("""{"kind":"accuracy","variant":"m","at_s":500,"becomes":0.3}""", duration: 1000, more: Labels);
        Dictionary<long, double> ended = seen.Outcomes.ToDictionary(o => o.Outcome.Id, o => o.At);
        Assert.All(seen.Labels, l => Assert.InRange(l.At - ended[l.Id], 1.99999, 10.00001));
        Assert.Equal(seen.Labels.Count, seen.Labels.Select(l => l.Id).Distinct().Count());
        Assert.InRange(seen.Labels.Average(l => l.At - ended[l.Id]), 5.8, 6.2);
        Assert.InRange((double)seen.Labels.Count / seen.Outcomes.Count(o => o.At < 990), 0.19, 0.21);
        Assert.InRange(seen.Labels.Where(l => ended[l.Id] < 500).Average(l => l.Correct ? 1.0 : 0), 0.77, 0.83);
        Assert.InRange(seen.Labels.Where(l => ended[l.Id] > 501).Average(l => l.Correct ? 1.0 : 0), 0.26, 0.34);

        // The world does not wait for what is still to come.
        Assert.True(seen.Labels.Max(l => l.At) <= seen.Outcomes[^1].At);

        // The same requests after the same delays whoever decides, and the same figures without any label.
        Recorder other = Play("", duration: 1000, more: Labels, policy: PolicyNames.Random, workers: 2), none = Play("", duration: 1000);
        Assert.Equal(seen.Labels.Select(l => l.Id).Order().Take(2000), other.Labels.Select(l => l.Id).Order().Take(2000));
        Assert.Equal(none.Outcomes, Play("", duration: 1000, more: Labels).Outcomes);
    }

    [Fact]
    public void Seed_and_scenario_decide_everything()
    {
        const string Changes =
            """{"kind":"accuracy","variant":"m","at_s":2,"factor":[0.3,0.9]},{"kind":"spread","at_s":3},{"kind":"join","workers":"w-here-2","at_s":4}""";
        Recorder first = Play(Changes, workers: 2, more: ""","labels":{}"""), second = Play(Changes, workers: 2, more: ""","labels":{}""");
        Assert.Equal(first.Outcomes, second.Outcomes);
        Assert.Equal(first.Labels, second.Labels);
    }

    [Fact]
    public void The_bound_counts_the_best_that_accuracy_and_interference_become_and_no_worker_before_it_joins()
    {
        Scenario plain = Read("", slots: 2, interference: "1.5", duration: 4), better = Read(
            """{"kind":"accuracy","variant":"m","at_s":1,"factor":1.2}""", slots: 2, interference: "1.5", duration: 4);
        double bound = Bound(plain), value = TestWorlds.Run(better).All.AccuracyValue;
        Assert.True(Bound(better) > bound && Bound(better) >= value, $"{bound} {Bound(better)} {value}");
        Scenario late = Read("""{"kind":"join","workers":"w-here-2","at_s":3}""", workers: 2, rate: 450, duration: 4);
        Assert.InRange(Bound(late), TestWorlds.Run(late).All.AccuracyValue, Bound(late with { Events = [] }) - 0.01);
    }

    [Theory]
    [InlineData("""{"kind":"accuracy","variant":"m","at_s":1,"factor":0.5}""")]
    [InlineData("""{"kind":"spread","at_s":1}""")]
    [InlineData("""{"kind":"join","workers":"w-here-2","at_s":1}""")]
    public void The_oracle_refuses_worlds_that_change_what_it_plans_with(string change) =>
        Assert.Contains("the oracle plans with them", new OracleSettings().Problem(Read(change, workers: 2), 1), StringComparison.Ordinal);

    private static double Bound(Scenario scenario) => UpperBound.Compute(scenario, 1, new BoundSettings(), TestContext.Current.CancellationToken).Value;

    private static Recorder Play(
        string events, int workers = 1, int slots = 1, string? arrivals = null, string? interference = null, double duration = 10, int applications = 1,
        string more = "", string policy = PolicyNames.EarliestFinish)
    {
        Recorder seen = new();
        seen.Result = TestWorlds.Run(Read(events, workers, slots, arrivals, interference, duration, applications, more), policy, observer: seen);
        return seen;
    }

    private static Scenario Read(
        string events, int workers = 1, int slots = 1, string? arrivals = null, string? interference = null, double duration = 10, int applications = 1,
        string more = "", double rate = 20)
    {
        string file = Path.GetTempFileName();
        if (arrivals is not null) File.WriteAllText(file, "time_s\n" + arrivals);
        string source = arrivals is null
            ? FormattableString.Invariant($$"""{"kind":"poisson","rate_per_s":{{rate}} }""") : $$"""{"kind":"trace","file":"{{file}}"}""";
        string asked = string.Join(',', "ab"[..applications].Select(name => $$"""{"name":"{{name}}","task":"t","deadline_ms":5000}"""));
        string law = interference is null ? "" : $$$""","interference":{"per_company":{"*":[{{{interference}}}]}}""";
        Scenario scenario = TestWorlds.Parse(FormattableString.Invariant($$"""
            {
              "duration_s": {{duration}},
              "variants": [{"name":"m","task":"t","accuracy":0.8}],
              "classes": [
                {"name":"w","processors":[{"id":"cpu","slots":{{slots}} }],"services":[{"variant":"m","ms":10}]{{law}}},
                {"name":"heavy","processors":[{"id":"cpu","slots":2}],"services":[{"variant":"m","ms":10}],"interference":{"per_company":{"*":[3]} } }
              ],
              "workers": [{"class":"w","count":{{workers}} }],
              "applications": [{{asked}}],
              "arrivals": [{{source}}],
              "events": [{{events}}]{{more}}
            }
            """));
        File.Delete(file);
        return scenario;
    }

    private sealed class Recorder : WorldObserver
    {
        public WorldResult? Result { get; set; }

        public List<(Outcome Outcome, double At)> Outcomes { get; } = [];

        public List<(long Id, bool Correct, double At)> Labels { get; } = [];

        public List<(int Candidates, double At)> Decisions { get; } = [];

        public List<float> Registered { get; } = [];

        public Dictionary<long, int> From { get; } = [];

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
        {
            Decisions.Add((candidates.Count, now * 1e-6));
            From[id] = request.Site;
            Registered.Add(candidates.Accuracy[decision.Candidate]);
        }

        public override void Ended(in Outcome outcome, long now) => Outcomes.Add((outcome, now * 1e-6));

        public override void Labelled(long id, bool correct, long now) => Labels.Add((id, correct, now * 1e-6));
    }
}
