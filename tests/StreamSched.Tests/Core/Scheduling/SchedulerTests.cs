using Microsoft.Extensions.Time.Testing;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

public class SchedulerTests
{
    private sealed class Broken(Func<int, Choice> choose, bool throws = false, float score = 1) : ISchedulingPolicy
    {
        public int Calls { get; private set; }

        public string Name => "broken";

        public Choice Choose(ref DecisionContext context)
        {
            Calls++;
            context.Candidates.Score.Fill(score);
            return throws ? throw new InvalidOperationException("broken on purpose") : choose(context.Candidates.Count);
        }
    }

    private static TestCluster Two(float exploration = 0) =>
        new TestCluster(new() { Exploration = exploration, FallbackDecisions = 50, TimeBudget = TimeSpan.Zero })
            .Worker("a", "edge", TestCluster.Variant("m", "t", 0.9f, 10)).Worker("b", "cloud", TestCluster.Variant("m", "t", 0.9f, 10));

    public static TheoryData<string> Faults => ["throws", "index", "masked", "nan", "propensity"];

    [Theory, MemberData(nameof(Faults))]
    public void X5_whatever_a_policy_does_wrong_the_named_fallback_places_the_request(string fault)
    {
        TestCluster cluster = Two();
        Broken policy = fault switch
        {
            "throws" => new Broken(_ => default, throws: true),
            "index" => new Broken(n => new Choice(n)),
            "masked" => new Broken(_ => new Choice(1)), // the cloud worker is too far for the deadline below
            "nan" => new Broken(_ => new Choice(0), score: float.NaN),
            _ => new Broken(_ => new Choice(0, 0)),
        };
        cluster.Scheduler.Use(policy, 3);
        Decision decision = cluster.Decide(cluster.Request(deadlineMs: 30));
        Assert.Equal(("a", "earliest-finish"), (cluster.Where(decision), decision.Policy));
        Assert.Equal(1, cluster.Scheduler.PolicyFailures);
    }

    [Fact]
    public void X5_after_failures_in_a_row_the_fallback_stays_and_the_policy_is_tried_again_later()
    {
        TestCluster cluster = Two();
        Broken policy = new(_ => default, throws: true);
        cluster.Scheduler.Use(policy, 3);
        for (int i = 0; i < 5; i++) cluster.Decide(cluster.Request(deadlineMs: 5_000));
        Assert.True(cluster.Scheduler.OnFallback);
        for (int i = 0; i < 50; i++) cluster.Decide(cluster.Request(deadlineMs: 5_000));
        Assert.Equal(5, policy.Calls);
        cluster.Decide(cluster.Request(deadlineMs: 5_000));
        Assert.Equal(6, policy.Calls);
    }

    [Fact]
    public void X5_a_policy_that_outlasts_its_budget_is_replaced()
    {
        FakeTimeProvider time = new();
        var network = new StreamSched.Core.Cluster.NetworkMap(new(0.001f), new(0.02f));
        Scheduler scheduler = new(new SchedulerSettings { Exploration = 0 }, network, time, TestCluster.Start);
        scheduler.View.Register(
            TestCluster.Describe("a", "", 1, StreamSched.Core.Cluster.InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 1)), TestCluster.Start);
        scheduler.Use(new Broken(_ =>
        {
            time.Advance(TimeSpan.FromMilliseconds(5)); // the budget is 1
            return new Choice(0);
        }), 1);
        RequestRows rows = new(scheduler);
        for (int i = 0; i < 100 && !scheduler.OnFallback; i++)
            rows.Decide(new Request { Task = 0, Started = TestCluster.Start + i, Deadline = 10, Weight = 1 }, TestCluster.Start + i);
        Assert.True(scheduler.OnFallback);
    }

    [Fact]
    public void X6_exploration_stays_inside_the_mask_and_its_share_is_the_stated_one()
    {
        TestCluster cluster = Two(exploration: 0.2f);
        int explored = 0;
        for (int i = 0; i < 10_000; i++)
        {
            cluster.After(30);
            cluster.Hear("a", "b");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 30)); // the cloud is out of reach
            Assert.Equal("a", cluster.Where(decision));
            if (decision.Explored) explored++;
            cluster.Answer(decision, 10);
        }

        Assert.InRange(explored, 1_850, 2_150); // 2,000 expected, deviation 40
    }

    [Fact]
    public void Propensities_are_the_frequencies_of_the_choices()
    {
        // Expected counts from the recorded propensity of the chosen candidate: Σ 1/propensity over choices of a candidate is the number of decisions.
        TestCluster cluster = Two(exploration: 0.2f);
        Dictionary<string, double> inverse = new() { ["a"] = 0, ["b"] = 0 };
        const int N = 20_000;
        for (int i = 0; i < N; i++)
        {
            cluster.After(200);
            cluster.Hear("a", "b");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 300));
            inverse[cluster.Where(decision)!] += 1 / decision.Propensity;
            cluster.Answer(decision, 10);
        }

        Assert.InRange(inverse["a"] / N, 0.95, 1.05);
        Assert.InRange(inverse["b"] / N, 0.85, 1.15);
    }

    [Fact]
    public void The_next_best_are_in_order_and_without_the_chosen()
    {
        TestCluster cluster = new(new() { Policy = "earliest-finish", Exploration = 0 });
        for (int i = 0; i < 6; i++) cluster.Worker($"w{i}", "edge", TestCluster.Variant("m", "t", 0.9f, 10 + i));
        Decision decision = cluster.Decide(cluster.Request());
        Span<int> next = stackalloc int[3];
        Assert.Equal(3, Ranking.NextBest(cluster.Scheduler.Candidates, decision.Candidate, next));
        Assert.Equal(new[] { 1, 2, 3 }, next.ToArray());
    }

    [Fact]
    public void Another_policy_takes_over_at_once_and_its_version_is_known()
    {
        TestCluster cluster = Two();
        cluster.Scheduler.Use(PolicyCatalogue.Create("deadline-farthest", new()), 9);
        Decision decision = cluster.Decide(cluster.Request(deadlineMs: 300));
        Assert.Equal(("b", "deadline-farthest", 9), (cluster.Where(decision), decision.Policy, cluster.Scheduler.PolicyVersion));
    }

    [Fact]
    public void Bad_settings_are_reported_all_at_once()
    {
        SchedulerSettings settings = new() { Policy = "prise", Fallback = "none", Exploration = 2, FailuresUntilFallback = 0 };
        Assert.Equal(4, settings.Validate().Count);
        Assert.Contains("'prise'", settings.Validate()[0], StringComparison.Ordinal);
        Assert.Contains("price", settings.Validate()[0], StringComparison.Ordinal);
        Assert.Empty(new SchedulerSettings().Validate());
    }
}
