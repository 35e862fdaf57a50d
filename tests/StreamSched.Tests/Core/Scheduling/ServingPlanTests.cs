using System.Diagnostics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Rollouts;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

public class ServingPlanTests
{
    private static readonly WindowPlan Windows = new()
    {
        Start = TestCluster.Start + 1_000_000, Length = 100_000, Share = 0.5, Seed = 5, End = TestCluster.Start + 9_000_000,
    };

    private static TestCluster Two() => new TestCluster(new() { Exploration = 0, TimeBudget = TimeSpan.Zero })
        .Worker("a", "edge", TestCluster.Variant("m", "t", 0.5f, 10)).Worker("b", "edge", TestCluster.Variant("n", "t", 0.9f, 30));

    private static ServingPolicy Policy(string name, int version) =>
        new(new PreparedPolicy(PolicyCatalogue.Create(name, new PriceParameters()), Digest: PolicyDigest.Of(name)), version);

    [Fact]
    public void Everybody_serves_the_arm_of_the_window_and_decisions_say_which()
    {
        TestCluster one = Two(), other = Two();
        ServingPlan plan = new(Policy("earliest-finish", 1), Policy("most-accurate", 2), Windows);
        one.Scheduler.Use(plan);
        other.Scheduler.Use(new ServingPlan(Policy("earliest-finish", 1), Policy("most-accurate", 2), Windows));
        int challenger = 0;
        for (int i = 0; i < 1000; i++)
        {
            one.After(10);
            one.Hear("a", "b");
            Decision decision = one.Decide(one.Request(deadlineMs: 1000));
            one.Answer(decision, one.Where(decision) == "a" ? 10 : 30);
            ArmWindow expected = Windows.At(one.Now);
            Assert.Equal((expected.Arm, expected.Window), (decision.Arm, decision.Window));
            Assert.Equal(
                expected.Arm == Arm.Challenger ? ("b", "most-accurate", 2) : ("a", "earliest-finish", 1),
                (one.Where(decision), decision.Policy, decision.PolicyVersion));
            if (expected.Arm == Arm.Challenger) challenger++;
            if (i % 3 != 0) continue;
            other.Now = one.Now; // sees fewer requests, and the same windows
            other.Hear("a", "b");
            Decision same = other.Decide(other.Request(deadlineMs: 1000));
            other.Answer(same, other.Where(same) == "a" ? 10 : 30);
            Assert.Equal((decision.Arm, decision.Window), (same.Arm, same.Window));
        }

        Assert.InRange(challenger, 300, 500);
        Assert.Equal(Arm.Champion, one.Scheduler.Arm); // the plan is over: whoever made it may be dead
    }

    [Theory, InlineData("lin-ucb"), InlineData("neural-ucb"), InlineData("predicted-latency")]
    public void X5_where_a_challenger_of_the_same_name_fails_nobody_learns_from_the_choice_as_if_it_were_its_own(string name)
    {
        TestCluster cluster = new TestCluster(new() { Exploration = 0, TimeBudget = TimeSpan.Zero, FailuresUntilFallback = int.MaxValue })
            .Worker("a", "edge", TestCluster.Variant("m", "t", 0.5f, 10)).Worker("b", "edge", TestCluster.Variant("n", "t", 0.9f, 30));
        ISchedulingPolicy champion = PolicyCatalogue.Create(name, new PriceParameters()), failing = PolicyCatalogue.Create(name, new PriceParameters());
        cluster.Scheduler.Use(new ServingPlan(
            new ServingPolicy(new PreparedPolicy(champion), 1), new ServingPolicy(new PreparedPolicy(new Failing((ILearningPolicy)failing)), 2), Windows));
        int steppedIn = 0, seen = champion is IFeaturePolicy ? 14 : 0;
        for (int i = 0; i < 300; i++)
        {
            cluster.After(10);
            cluster.Hear("a", "b");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1000));
            Assert.Equal(name, decision.Policy);
            Assert.Equal(decision.Arm == Arm.Challenger, decision.IsStandIn);
            Assert.Equal(seen, cluster.Scheduler.SeenOf(decision, out _).Length);
            cluster.Answer(decision, 10);
            if (decision.IsStandIn) steppedIn++;
        }

        Assert.True(steppedIn > 20, $"{steppedIn}");
    }

    [Fact]
    public void X5_where_a_challenger_fails_the_champion_steps_in()
    {
        TestCluster cluster = Two();
        cluster.Scheduler.Use(new ServingPlan(Policy("most-accurate", 1), new ServingPolicy(new PreparedPolicy(new Throwing()), 2), Windows));
        cluster.After(1500);
        bool failed = false;
        for (int i = 0; i < 100; i++)
        {
            cluster.After(10);
            cluster.Hear("a", "b");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1000));
            cluster.Answer(decision, 10);
            Assert.Equal(("b", "most-accurate"), (cluster.Where(decision), decision.Policy));
            failed |= decision.Arm == Arm.Challenger;
        }

        Assert.True(failed);
        Assert.True(cluster.Scheduler.PolicyFailures > 0);
    }

    [Fact]
    public void A_policy_that_the_next_plan_shares_goes_on_with_what_it_knows()
    {
        TestCluster cluster = Two();
        ServingPolicy champion = Policy("earliest-finish", 1), challenger = Policy("most-accurate", 2);
        cluster.Scheduler.Use(new ServingPlan(champion, challenger, Windows));
        cluster.Scheduler.Use(new ServingPlan(challenger, champion, Windows with { HoldsBack = true }));
        Assert.Equal(("most-accurate", 2), (cluster.Scheduler.Policy, cluster.Scheduler.PolicyVersion));
        bool held = false;
        for (int i = 0; i < 300; i++)
        {
            cluster.After(10);
            cluster.Hear("a", "b");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1000));
            cluster.Answer(decision, 10);
            held |= decision is { Arm: Arm.HoldBack, Policy: "earliest-finish", PolicyVersion: 1 };
        }

        Assert.True(held);
    }

    [Fact]
    public void What_is_in_the_shadow_is_asked_about_some_requests_and_changes_nothing()
    {
        Dictionary<string, int> Shadows(ServingPolicy shadow, TimeProvider? time = null)
        {
            TestCluster cluster = Two(), alone = Two();
            cluster.Scheduler.Use(new ServingPlan(Policy("earliest-finish", 1), Shadow: shadow));
            alone.Scheduler.Use(new ServingPlan(Policy("earliest-finish", 1)));
            Dictionary<string, int> seen = [];
            for (int i = 0; i < 1600; i++)
            {
                foreach (TestCluster each in (TestCluster[])[cluster, alone])
                {
                    each.After(10);
                    each.Hear("a", "b");
                }

                Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1000)), without = alone.Decide(alone.Request(deadlineMs: 1000));
                Assert.Equal(
                    (alone.Where(without), "earliest-finish", without.Propensity), (cluster.Where(decision), decision.Policy, decision.Propensity));
                cluster.Answer(decision, 10);
                alone.Answer(without, 10);
                string shadowed = decision.Shadow.ToString();
                seen[shadowed] = seen.GetValueOrDefault(shadowed) + 1;
                Assert.Equal(ShadowChoice.None, without.Shadow);
            }

            Assert.Equal(0, cluster.Scheduler.PolicyFailures);
            return seen;
        }

        Assert.Equal(new() { ["None"] = 1500, ["Other"] = 100 }, Shadows(Policy("most-accurate", 2)));
        Assert.Equal(new() { ["None"] = 1500, ["Same"] = 100 }, Shadows(Policy("earliest-finish", 2)));
        Assert.Equal(new() { ["None"] = 1500, ["Invalid"] = 100 }, Shadows(new ServingPolicy(new PreparedPolicy(new Throwing()), 2)));
    }

    [Fact]
    public void A_shadow_that_takes_longer_than_a_policy_may_is_slow()
    {
        TestCluster cluster = new TestCluster(new() { Exploration = 0, TimeBudget = TimeSpan.FromMilliseconds(1) })
            .Worker("a", "edge", TestCluster.Variant("m", "t", 0.5f, 10));
        cluster.Scheduler.Use(new ServingPlan(Policy("earliest-finish", 1), Shadow: new ServingPolicy(new PreparedPolicy(new Slow()), 2)));
        cluster.Hear("a");
        Assert.Equal(ShadowChoice.Slow, cluster.Decide(cluster.Request(deadlineMs: 1000)).Shadow);
        Assert.Equal(0, cluster.Scheduler.PolicyFailures);
    }

    [Fact]
    public void Windows_cost_no_allocation()
    {
        TestCluster cluster = Two();
        WindowPlan quick = Windows with { Start = TestCluster.Start, Length = 1000 };
        cluster.Scheduler.Use(new ServingPlan(Policy("earliest-finish", 1), Policy("most-accurate", 2), quick));
        cluster.AssertAllocatesNothing(2000);
        cluster.Scheduler.Use(new ServingPlan(Policy("earliest-finish", 1), Policy("most-accurate", 2), quick, Policy("most-accurate", 3)));
        cluster.AssertAllocatesNothing(2000);
    }

    private sealed class Slow : ISchedulingPolicy
    {
        public string Name => "slow";

        public Choice Choose(ref DecisionContext context)
        {
            for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromMilliseconds(3);)
            {
            }

            return new Choice(0);
        }
    }

    // Is told of decisions and has taken none.
    private sealed class Failing(ILearningPolicy inner) : ILearningPolicy
    {
        public string Name => inner.Name;

        public Choice Choose(ref DecisionContext context) => throw new InvalidOperationException("on purpose");

        public void Decided(in Request request, Candidates candidates, ClusterView view, in Decision decision) =>
            inner.Decided(request, candidates, view, decision);

        public void Ended(int handle, in DecisionOutcome outcome) => inner.Ended(handle, outcome);
    }

    private sealed class Throwing : ISchedulingPolicy
    {
        public string Name => "throwing";

        public Choice Choose(ref DecisionContext context) => throw new InvalidOperationException("on purpose");
    }
}
