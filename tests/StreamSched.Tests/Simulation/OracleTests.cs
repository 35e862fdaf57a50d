using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Reports;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Planning;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Tests.Simulation;

public class OracleTests
{
    // No time limit, so that the plan is the same on every machine.
    private static readonly OracleSettings Patient = new() { TriesPerRequest = 60, TimeLimit = TimeSpan.FromDays(1) };

    // Two unlike workers, one of which batches, and requests that not all of them can serve in time.
    private static readonly Scenario Tiny = TestWorlds.Parse("""
        {
          "duration_s": 0.06,
          "variants": [{"name":"s","task":"t","accuracy":0.6},{"name":"l","task":"t","accuracy":0.9}],
          "classes": [{"name":"one","processors":[{"id":"cpu"}],
                       "services":[{"variant":"s","ms":[[1,10],[2,12],[4,16]],"noise":0.3},{"variant":"l","ms":25,"noise":0.3}]},
                      {"name":"two","processors":[{"id":"cpu"}],"services":[{"variant":"s","ms":15,"noise":0.3},{"variant":"l","ms":30,"noise":0.3}]}],
          "workers": [{"class":"one"},{"class":"two"}],
          "applications": [{"name":"a","task":"t","deadline_ms":[20,60]}],
          "arrivals": [{"kind":"poisson","rate_per_s":70}]
        }
        """);

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(8, true)]
    [InlineData(11, false)]
    public void On_a_tiny_world_it_finds_what_exhaustive_search_finds(int seed, bool accuracy)
    {
        Scenario world = Tiny with { ValueIsAccuracy = accuracy };
        OracleResult found = Find(world, (ulong)seed, Patient with { TriesPerRequest = 2_000 });
        int requests = found.Plan.Placements.Count;
        Assert.InRange(requests, 3, 6);
        double best = 0;
        for (int code = 0; code < (int)Math.Pow(5, requests); code++)
        {
            int[] placements = new int[requests];
            for (int i = 0, rest = code; i < requests; i++, rest /= 5) placements[i] = (rest % 5) - 1;
            best = Math.Max(best, new Plan(world, (ulong)seed, placements).Play(world, (ulong)seed).All.Value(world));
        }

        Assert.Equal(best, found.Result.All.Value(world), 9);
    }

    [Theory]
    [InlineData("small", 1.0, true)]
    [InlineData("small", 4.0, false)]
    [InlineData("metro", 1.0, true)]
    [InlineData("metro", 20.0, false)]
    [InlineData("aset-dc-cloud", 1.0, false)]
    [InlineData("uninett", 1.0, true)]
    [InlineData("ecsrl", 2.0, true)]
    public void It_lies_between_every_policy_and_the_bound(string name, double load, bool accuracy)
    {
        Scenario read = ScenarioFile.Load(Checkout.Path("scenarios", name + ".json"));
        Scenario world = read with { Duration = 0.2, WarmUp = 0, ValueIsAccuracy = accuracy, Load = read.Load * load };
        for (ulong seed = 3; seed < 5; seed++)
        {
            OracleResult found = Find(world, seed, Patient with { TriesPerRequest = 4 });
            double bound = UpperBound.Compute(world, seed, new BoundSettings { Accuracy = accuracy }).Value, oracle = found.Result.All.Value(world);
            foreach (WorldSettings policy in Policies(world))
            {
                double value = new World(world, policy with { Seed = seed }).Run().All.Value(world);
                Assert.True(value <= oracle, $"{policy.Scheduler.Policy} reached {value}, the oracle {oracle}");
            }

            Assert.True(oracle <= bound + 1e-9, $"the oracle reached {oracle}, above the bound {bound}");
            Assert.Equal(0, found.Result.PolicyFailures);
        }
    }

    [Theory]
    [InlineData("small", 6.0)]
    [InlineData("metro", 15.0)]
    [InlineData("mobile", 4.0)]
    [InlineData("x4", 4.0)]
    [InlineData("ecsrl", 3.0)]
    [InlineData("uninett", 1.0)]
    public void What_it_believes_of_a_plan_is_what_the_world_gives(string name, double load)
    {
        // After hundreds of changes, each judged by replaying a part of a worker or two.
        Scenario read = ScenarioFile.Load(Checkout.Path("scenarios", name + ".json"));
        Scenario world = read with { Duration = 0.3, WarmUp = 0.05, Load = read.Load * load };
        if (name == "x4") world = world with { Events = [world.Events[0] with { At = 0.1, For = 0.1 }] };
        ChoiceRecorder choices = new(world);
        World played = new(world, Policies(world)[1] with { Seed = 9, Observer = choices });
        WorldResult before = played.Run();
        PlanSearch search = new(new PlanningProblem(world, 9, played.PlacementIndices, choices.DecidedAt), choices.Placements, 9, Patient);
        double weight = before.All.Requests;
        Assert.Equal(before.All.Value(world), search.Earned / weight, 6);
        for (int i = 0; i < 3_000; i++) search.Step(i / 3_000.0);
        Assert.Equal(new Plan(world, 9, search.Plan).Play(world, 9).All.Value(world), search.Earned / weight, 6);
    }

    [Fact]
    public void The_same_seed_and_number_of_tries_give_the_same_plan()
    {
        Scenario world = Loaded();
        OracleResult a = Find(world, 3, Patient with { TriesPerRequest = 20 }), b = Find(world, 3, Patient with { TriesPerRequest = 20 });
        Assert.Equal(a.Plan.Placements, b.Plan.Placements);
        Assert.Equal(a.Result.All.Value(world), b.Result.All.Value(world));
        Assert.Equal(a.Result.All.Value(world), a.Window.Oracle, 9); // all requests are planned for
        Assert.Equal(a.StartResult.All.Value(world), a.Window.Policy, 9);
        Assert.True(a.Result.All.Value(world) > a.StartResult.All.Value(world), "a crowded world in which knowing the future is worth nothing");
    }

    [Fact]
    public void A_plan_is_refused_in_any_run_but_its_own()
    {
        Scenario world = Loaded();
        OracleResult found = Find(world, 3, Patient with { TriesPerRequest = 1 });
        Assert.Equal(found.Result.All.Value(world), found.Plan.Play(world, 3).All.Value(world));
        Assert.Throws<ArgumentException>(() => found.Plan.Play(world, 4));
        Assert.Throws<ArgumentException>(() => found.Plan.Play(world with { Load = 2 }, 3));
    }

    [Fact]
    public void When_the_time_is_over_the_best_policy_remains()
    {
        Scenario world = Loaded();
        OracleResult found = Find(world, 3, Patient with { TimeLimit = TimeSpan.Zero });
        Assert.Equal(0, found.Tried);
        Assert.Equal(found.StartResult.All.Value(world), found.Result.All.Value(world));
    }

    [Fact]
    public void What_it_may_not_change_it_leaves()
    {
        Scenario world = Loaded();
        OracleResult refuses = Find(world, 3, Patient with { Moves = OracleMoves.Refuse });
        OracleResult start = Find(world, 3, Patient with { Moves = OracleMoves.None });
        Assert.All(refuses.Plan.Placements.Zip(start.Plan.Placements), p => Assert.True(p.First == p.Second || p.First == -1));
        Assert.True(refuses.Result.All.Value(world) >= start.Result.All.Value(world));
    }

    [Fact]
    public void Outside_of_its_window_the_policys_choices_stay()
    {
        Scenario world = Loaded();
        OracleSettings middle = Patient with { From = TimeSpan.FromSeconds(0.1), Until = TimeSpan.FromSeconds(0.3) };
        OracleResult found = Find(world, 3, middle), start = Find(world, 3, Patient with { Moves = OracleMoves.None });
        List<(int Changed, double Made)> changed = [];
        Workload workload = new(world, 3);
        while (workload.TryNext(out Arrival a))
            if (found.Plan.Placements[(int)a.Id] != start.Plan.Placements[(int)a.Id]) changed.Add(((int)a.Id, a.Created * 1e-6));
        Assert.NotEmpty(changed);
        Assert.True(found.Window.Oracle > found.Window.Policy, $"planned for, and worth {found.Window.Oracle} instead of {found.Window.Policy}");
        Assert.All(changed, c => Assert.InRange(c.Made, 0.1, 0.3));
    }

    [Fact]
    public void A_world_that_it_cannot_plan_for_says_what_to_change()
    {
        Scenario small = Loaded();
        Assert.Null(Patient.Problem(small, 1));
        Assert.Contains("--duration", (Patient with { MostRequests = 10 }).Problem(small, 1)!, StringComparison.Ordinal);
        Scenario crashing = small with { Events = [new EventDefinition { Kind = EventKind.Crash, At = 0.1, For = 0.1, Workers = [0] }] };
        Assert.Contains("crash", Patient.Problem(crashing, 1)!, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Find(crashing, 1, Patient));
    }

    [Fact]
    public void A_report_has_it_beside_the_policies()
    {
        ExperimentPlan plan = new()
        {
            Scenarios = [Loaded()], Policies = [PolicyEntry.Of(PolicyNames.Price), PolicyEntry.Of(PolicyNames.EarliestFinish)], Seeds = 2,
            Oracle = Patient with { TriesPerRequest = 10 },
        };
        CellReport cell = Assert.Single(ExperimentRunner.Run(plan, new Provenance("simulated", "test", "", "", 0)).Cells);
        Assert.Equal(2, cell.Policies.Count);
        Assert.Equal("oracle (knows the future)", cell.Oracle!.Policy);
        for (int i = 0; i < 2; i++) Assert.True(cell.Oracle.ValueBySeed[i] >= cell.Policies.Max(p => p.ValueBySeed[i]));
        Assert.True(cell.Oracle.Value.Mean <= cell.Bound!.Value.Mean);
        StringWriter text = new();
        ReportTables.Write(new ExperimentReport { Provenance = new Provenance("simulated", "test", "", "", 0), Cells = [cell] }, text);
        Assert.Contains("| oracle (knows the future) |", text.ToString(), StringComparison.Ordinal);
    }

    private static Scenario Loaded()
    {
        Scenario small = ScenarioFile.Load(Checkout.Path("scenarios", "small.json"));
        return small with { Duration = 0.5, WarmUp = 0, Load = 6, ValueIsAccuracy = false, Events = [] };
    }

    private static OracleResult Find(Scenario world, ulong seed, OracleSettings settings) => Oracle.Find(world, seed, Policies(world), settings);

    private static WorldSettings[] Policies(Scenario world) =>
    [
        .. new[] { PolicyNames.EarliestFinish, PolicyNames.Price, PolicyNames.OneStepImprovement }
            .Select(name => new WorldSettings { Scheduler = world.Valued(new SchedulerSettings { Policy = name, Exploration = 0 }) }),
    ];
}
