using System.Text.Json;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>Statements of the published systems that a world can show.</summary>
public class PublishedStatementTests
{
    [Fact]
    public void E3_without_the_interference_matrix_requests_take_longer()
    {
        // A quick device whose models slow each other a lot, beside one that is slower and does not care.
        Scenario scenario = TestWorlds.Parse("""
            {
              "duration_s": 20, "warmup_s": 2,
              "variants": [{"name":"m","task":"t","accuracy":0.7}],
              "classes": [{"name":"crowded","processors":[{"id":"cpu","slots":4}],"interference":{"per_company":{"*":[2.2,4,7]}},
                           "services":[{"variant":"m","ms":8,"noise":0.1}]},
                          {"name":"roomy","processors":[{"id":"cpu","slots":4}],"interference":{"per_company":{"*":[1.05,1.1,1.15]}},
                           "services":[{"variant":"m","ms":14,"noise":0.1}]}],
              "workers": [{"class":"crowded"},{"class":"roomy"}],
              "applications": [{"name":"a","task":"t","deadline_ms":1000}],
              "arrivals": [{"kind":"poisson","rate_per_s":180}]
            }
            """);
        double with = MeanLatency(scenario, Settings(matrix: true)), without = MeanLatency(scenario, Settings(matrix: false));
        Assert.True(with < 0.9 * without, $"{1e3 * with:F1} ms with the matrix, {1e3 * without:F1} ms without");

        static SchedulerSettings Settings(bool matrix) =>
            new() { Policy = PolicyNames.EarliestFinish, Exploration = 0, View = new ViewSettings { Interference = matrix } };
    }

    [Fact]
    public void E5_the_weights_of_energy_and_time_move_both_monotonically_in_opposite_directions()
    {
        // Five devices from quick and hungry to slow and frugal: 0.50, 0.32, 0.18, 0.10 and 0.08 J.
        Scenario scenario = TestWorlds.Parse("""
            {
              "duration_s": 20, "warmup_s": 1,
              "variants": [{"name":"m","task":"t","accuracy":0.7}],
              "classes": [{"name":"a","processors":[{"id":"p","slots":8,"active_w":100}],"services":[{"variant":"m","ms":5}]},
                          {"name":"b","processors":[{"id":"p","slots":8,"active_w":40}],"services":[{"variant":"m","ms":8}]},
                          {"name":"c","processors":[{"id":"p","slots":8,"active_w":15}],"services":[{"variant":"m","ms":12}]},
                          {"name":"d","processors":[{"id":"p","slots":8,"active_w":5}],"services":[{"variant":"m","ms":20}]},
                          {"name":"e","processors":[{"id":"p","slots":8,"active_w":2}],"services":[{"variant":"m","ms":40}]}],
              "workers": [{"class":"a"},{"class":"b"},{"class":"c"},{"class":"d"},{"class":"e"}],
              "applications": [{"name":"a","task":"t","deadline_ms":500}],
              "arrivals": [{"kind":"poisson","rate_per_s":100}]
            }
            """);
        (double Energy, double Time)[] byEnergyWeight =
            [.. new[] { 0.01f, 0.06f, 0.2f, 0.6f, 3f }.Select(w => Run(new ValueWeights { Accuracy = 0, Energy = w, Latency = 1 }))];
        (double Energy, double Time)[] byTimeWeight =
            [.. new[] { 0.05f, 0.3f, 1f, 4f, 20f }.Select(w => Run(new ValueWeights { Accuracy = 0, Energy = 0.2f, Latency = w }))];
        for (int i = 1; i < 5; i++)
        {
            Assert.True(
                byEnergyWeight[i].Energy < byEnergyWeight[i - 1].Energy && byEnergyWeight[i].Time > byEnergyWeight[i - 1].Time,
                string.Join(", ", byEnergyWeight));
            Assert.True(
                byTimeWeight[i].Energy > byTimeWeight[i - 1].Energy && byTimeWeight[i].Time < byTimeWeight[i - 1].Time, string.Join(", ", byTimeWeight));
        }

        (double, double) Run(ValueWeights value)
        {
            Ends ends = new();
            new World(scenario, new WorldSettings { Scheduler = new SchedulerSettings { Exploration = 0, Value = value }, Observer = ends })
                .Run(TestContext.Current.CancellationToken);
            return (ends.All.Average(e => e.Outcome.EnergyJoules), ends.All.Average(e => e.Outcome.LatencySeconds));
        }
    }

    [Fact]
    public void E7_when_services_change_mid_run_the_prediction_error_falls_with_the_results()
    {
        Scenario scenario = TestWorlds.Parse("""
            {
              "duration_s": 20, "warmup_s": 1,
              "variants": [{"name":"m","task":"t","accuracy":0.7}],
              "classes": [{"name":"w","processors":[{"id":"cpu","slots":2}],"interference":{"per_company":{"*":[1.5]}},
                           "services":[{"variant":"m","ms":10,"noise":0.05}]}],
              "workers": [{"class":"w","count":3}],
              "applications": [{"name":"a","task":"t","deadline_ms":1000}],
              "arrivals": [{"kind":"poisson","rate_per_s":60}],
              "events": [{"kind":"slow-down","at_s":10,"factor":2.5}]
            }
            """);
        (double atOnce, double later) = Errors(correction: true);
        (double _, double never) = Errors(correction: false);
        Assert.True(later < 0.4 * atOnce, $"{1e3 * atOnce:F1} ms right after the change, {1e3 * later:F1} ms later");
        Assert.True(later < 0.4 * never, $"{1e3 * never:F1} ms without learning from results, {1e3 * later:F1} ms with");

        // Median absolute error of the predicted completion, of requests sent within a tenth of a second of the change, and from two seconds after it.
        (double AtOnce, double Later) Errors(bool correction)
        {
            Ends ends = new();
            SchedulerSettings settings = new() { Policy = PolicyNames.Random, Exploration = 0, View = new ViewSettings { Correction = correction } };
            new World(scenario, new WorldSettings { Scheduler = settings, Observer = ends }).Run(TestContext.Current.CancellationToken);
            return (Median(e => e.Sent is >= 10_000_000 and < 10_100_000), Median(e => e.Sent > 12_000_000));

            double Median(Func<End, bool> which)
            {
                double[] errors = [.. ends.All.Where(which).Select(e => Math.Abs(e.Predicted - e.Outcome.LatencySeconds)).Order()];
                Assert.NotEmpty(errors);
                return errors[errors.Length / 2];
            }
        }
    }

    [Theory]
    [InlineData(PolicyNames.Price)]
    [InlineData(PolicyNames.Neural)]
    public void X4_a_worker_that_gets_five_times_slower_loses_its_share_its_world_keeps_its_value_and_it_gets_its_share_back(string policy)
    {
        Scenario scenario = ScenarioFile.Load(Checkout.Path("scenarios", "x4.json"));
        int slow = Enumerable.Range(0, scenario.WorkerCount).Single(w => scenario.Workers[w].Id == "orin-nano-home-1");
        Ends ends = new();
        new World(scenario, new WorldSettings
        {
            Scheduler = PolicySource.Find(policy, "policy").Into(new SchedulerSettings { Exploration = 0 }), Observer = ends,
        }).Run(TestContext.Current.CancellationToken);
        double before = Value(4, 10), during = Value(13, 20), after = Value(23, 30);
        Assert.True(during > 0.95 * before, $"{before:F3} before, {during:F3} from three seconds on while it is slow");
        Assert.True(after > 0.99 * before, $"{before:F3} before, {after:F3} from three seconds on after it is sound again");
        Assert.True(Share(13, 20) < 0.5 * Share(4, 10), $"{Share(4, 10):F3} before, {Share(13, 20):F3} while slow");
        Assert.True(Share(23, 30) > 0.8 * Share(4, 10), $"{Share(4, 10):F3} before, {Share(23, 30):F3} after");

        IEnumerable<End> Between(double from, double to) => ends.All.Where(e => e.Sent >= from * 1e6 && e.Sent < to * 1e6);
        double Value(double from, double to) => Between(from, to).Average(e => e.Outcome.Status == OutcomeStatus.Success ? e.Outcome.Accuracy : 0);
        double Share(double from, double to) => Between(from, to).Average(e => e.Outcome.Worker == slow ? 1.0 : 0);
    }

    [Fact]
    public void T1_T4_large_models_are_used_more_in_calm_than_in_bursts()
    {
        Scenario scenario = ScenarioFile.Load(Checkout.Path("scenarios", "bursts.json")) with { Duration = 12 };
        Dictionary<long, int> states = [];
        Workload workload = new(scenario, 1);
        while (workload.TryNext(out Arrival arrival)) states.Add(arrival.Id, arrival.State);
        Ends ends = new();
        new World(scenario, new WorldSettings { Observer = ends }).Run(TestContext.Current.CancellationToken);

        // Applications that any variant serves, by the state that was hidden from the scheduler: 0 calm, 2 burst.
        int[] free = [.. Enumerable.Range(0, scenario.Applications.Count)
            .Where(a => scenario.Applications[a].MinAccuracy == 0 && scenario.Applications[a].Task == "classification")];
        double calm = LargeShare(0), burst = LargeShare(2);
        Assert.True(calm > burst + 0.1, $"large models answer {calm:P1} in calm and {burst:P1} in bursts");
        Assert.InRange(burst, 0.01, 0.99); // more than one size in one state: chosen per request

        double LargeShare(int state)
        {
            End[] answered = [.. ends.All.Where(e => states[e.Outcome.Id] == state && free.Contains(e.Outcome.Application) && e.Outcome.Batch > 0)];
            return answered.Count(e => e.Outcome.Accuracy > 0.79f) / (double)answered.Length;
        }
    }

    [Fact]
    public void T2_schedulers_decide_the_same_whether_a_hidden_state_made_the_rates_or_somebody_wrote_them_down()
    {
        Scenario hidden = ScenarioFile.Load(Checkout.Path("scenarios", "bursts.json")) with { Duration = 4 };
        ArrivalDefinition modulated = hidden.Arrivals[0];
        IReadOnlyList<(double, double)> steps = Workload.Modulation(modulated, RandomStream.For(hidden.Seed, "arrivals/0/states"), hidden.Duration, 1).Steps;
        Scenario open = hidden with { Arrivals = [modulated with { Kind = ArrivalKind.Poisson, States = [], Rate = steps }] };
        Assert.Equal(Bytes(open), Bytes(hidden));

        static string Bytes(Scenario scenario) =>
            JsonSerializer.Serialize(TestWorlds.Run(scenario, PolicyNames.Price, scenario.Seed) with { DecisionP50 = 0, DecisionP99 = 0 });
    }

    private static double MeanLatency(Scenario scenario, SchedulerSettings settings)
    {
        Ends ends = new();
        new World(scenario, new WorldSettings { Scheduler = settings, Observer = ends }).Run(TestContext.Current.CancellationToken);
        return ends.All.Where(e => e.Outcome.Counted && e.Outcome.Batch > 0).Average(e => e.Outcome.LatencySeconds);
    }

    private readonly record struct End(Outcome Outcome, long Sent, double Predicted);

    private sealed class Ends : WorldObserver
    {
        private readonly Dictionary<long, (long Sent, double Predicted)> _sent = [];

        public List<End> All { get; } = [];

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now) =>
            _sent[id] = (now, decision.IsPlaced ? candidates.Completion[decision.Candidate] + ((now - request.Started) * 1e-6) : 0);

        public override void Ended(in Outcome outcome, long now) => All.Add(new End(outcome, _sent[outcome.Id].Sent, _sent[outcome.Id].Predicted));
    }
}
