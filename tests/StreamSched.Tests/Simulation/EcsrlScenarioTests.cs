using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

/// <summary>ECSRL's question: devices that slow their models in ways of their own, of which workers register the truth, something else, or nothing.</summary>
public class EcsrlScenarioTests
{
    private static Scenario World(string registered) => TestWorlds.Parse($$$"""
        {
          "duration_s": 20, "warmup_s": 2,
          "variants": [{"name":"m","task":"t","accuracy":0.7}],
          "classes": [{"name":"crowded","processors":[{"id":"cpu","slots":4}],"interference":{"per_company":{"*":[2,3,4]}},
                       "services":[{"variant":"m","ms":10,"noise":0.05}]},
                      {"name":"roomy","processors":[{"id":"cpu","slots":4}],"interference":{"per_company":{"*":[1.05,1.1,1.15]}},
                       "services":[{"variant":"m","ms":10,"noise":0.05}]}],
          "workers": [{"class":"crowded","count":2,"registered_interference":"{{{registered}}}"}],
          "applications": [{"name":"a","task":"t","deadline_ms":1000}],
          "arrivals": [{"kind":"poisson","rate_per_s":120}]
        }
        """);

    [Fact]
    public void E3_E7_what_a_worker_registers_is_what_is_predicted_and_results_correct_it()
    {
        double right = Error("crowded", learning: true), wrong = Error("roomy", learning: true), none = Error("none", learning: true),
            wrongFixed = Error("roomy", learning: false), noneFixed = Error("none", learning: false);
        Assert.True(right < 0.85 * none && right < 0.85 * wrong, $"{right:F2} with the true matrices, {wrong:F2} with wrong ones, {none:F2} without");
        Assert.True(none < noneFixed && wrong < wrongFixed, $"{none:F2} and {wrong:F2} learning, {noneFixed:F2} and {wrongFixed:F2} without");
    }

    [Fact]
    public void A_view_without_interference_learns_what_one_learns_of_a_worker_that_registers_none()
    {
        // As on Kafka, where a scheduler has no factor for co-runners then: what they cost is part of what results teach.
        Assert.Equal(Error("none", learning: true), Error("crowded", learning: true, interference: false), 1e-3);
    }

    [Fact]
    public void A_worker_that_registers_the_matrices_of_a_class_that_there_is_not_is_refused()
    {
        ScenarioException e = Assert.Throws<ScenarioException>(() => World("nothing"));
        Assert.Contains(
            e.Errors, error => error.Contains("registered_interference", StringComparison.Ordinal) && error.Contains("nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void E8_the_objective_is_what_energy_and_completion_time_add_up_to()
    {
        EcsrlReward reward = new();
        Scenario world = Shipped(2) with { Objective = reward };
        Ends ends = new();
        WorldResult result = TestWorlds.Run(world, PolicyNames.EarliestFinish, 3, ends);
        double expected = ends.All.Where(o => o.Counted).Average(o =>
            -(reward.PerJoule * o.EnergyJoules)
            - (reward.PerSecond * (o.Status == OutcomeStatus.Success ? o.LatencySeconds : Math.Max(o.LatencySeconds, reward.FailureDeadlines * o.Deadline))));
        Assert.Contains(ends.All, o => o.Status != OutcomeStatus.Success);
        Assert.Equal(expected, result.All.Value(world), 1e-6);
        Assert.True(result.All.Value(world with { Objective = EcsrlReward.OfTime }) > expected);
    }

    [Theory, InlineData(0.25), InlineData(1), InlineData(1.5)]
    public void E8_the_scenario_asks_something_at_every_load(double load)
    {
        double[] values =
            [.. ((string[])[PolicyNames.Closest, PolicyNames.Farthest, PolicyNames.LeastLoaded, PolicyNames.EarliestFinish, PolicyNames.Price])
                .Select(policy => TestWorlds.Run(Shipped(load), policy, 3).All.Value(Shipped(load) with { Objective = new EcsrlReward() }))];
        Assert.True(values.Max() - values.Min() > 0.1 * Math.Abs(values.Max()), string.Join(", ", values));
    }

    private static Scenario Shipped(double load)
    {
        Scenario scenario = ScenarioFile.Load(Checkout.Path("scenarios", "ecsrl.json"));
        return scenario with { Load = load, Duration = 8, WarmUp = 1 };
    }

    // Mean absolute error of the logarithm of the predicted completion.
    private static double Error(string registered, bool learning, bool interference = true)
    {
        Errors errors = new();
        SchedulerSettings settings = new()
        {
            Policy = PolicyNames.Random, Exploration = 0, View = new ViewSettings { Correction = learning, Interference = interference },
        };
        new World(World(registered), new WorldSettings { Scheduler = settings, Observer = errors }).Run(TestContext.Current.CancellationToken);
        return errors.Mean;
    }

    private sealed class Errors : WorldObserver
    {
        private readonly Dictionary<long, double> _predicted = [];
        private double _sum;
        private int _count;

        public double Mean => _sum / _count;

        public override void Decided(long id, int scheduler, in Request request, in Decision decision, Candidates candidates, long now)
        {
            if (decision.IsPlaced) _predicted[id] = candidates.Completion[decision.Candidate] + ((now - request.Started) * 1e-6);
        }

        public override void Ended(in Outcome outcome, long now)
        {
            if (!outcome.Counted || !_predicted.TryGetValue(outcome.Id, out double predicted)) return;
            _sum += Math.Abs(Math.Log(outcome.LatencySeconds / predicted));
            _count++;
        }
    }

    private sealed class Ends : WorldObserver
    {
        public List<Outcome> All { get; } = [];

        public override void Ended(in Outcome outcome, long now) => All.Add(outcome);
    }
}
