using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

public class PolicyTests
{
    private static TestCluster With(string policy) => new(new SchedulerSettings { Policy = policy, Exploration = 0, TimeBudget = TimeSpan.Zero });

    [Fact]
    public void Earliest_finish_counts_what_waits()
    {
        TestCluster cluster = With("earliest-finish")
            .Worker("edge", "edge", TestCluster.Variant("s", "t", 0.7f, 20)).Worker("cloud", "cloud", TestCluster.Variant("l", "t", 0.9f, 1));
        // Edge alone: 22 ms; with one waiting 42; with two 62, and the cloud at 41 wins.
        Assert.Equal("edge", cluster.Where(cluster.Decide(cluster.Request())));
        Assert.Equal("cloud", cluster.Where(cluster.Decide(cluster.Request())));
    }

    [Fact]
    public void E8_the_rule_of_ecsrls_objective_takes_the_least_energy_and_time_together()
    {
        // By 1 per joule and 10 per second. Edge: 10 W for 18 ms and 20 ms until the answer, 0.18 + 0.20; cloud: for 1 ms and 41 ms, 0.01 + 0.41. Behind one
        // request the edge takes 38 ms, which is still the earliest and costs 0.18 + 0.38.
        TestCluster cluster = With("ecsrl-greedy")
            .Worker("edge", "edge", TestCluster.Variant("s", "t", 0.7f, 18)).Worker("cloud", "cloud", TestCluster.Variant("l", "t", 0.9f, 1));
        Assert.Equal("edge", cluster.Where(cluster.Decide(cluster.Request())));
        Assert.Equal("cloud", cluster.Where(cluster.Decide(cluster.Request())));
    }

    [Fact]
    public void Deadline_farthest_goes_as_far_as_the_deadline_allows()
    {
        TestCluster cluster = With("deadline-farthest")
            .Worker("edge", "edge", TestCluster.Variant("s", "t", 0.7f, 8)).Worker("cloud", "cloud", TestCluster.Variant("l", "t", 0.9f, 1));
        Assert.Equal("cloud", cluster.Where(cluster.Decide(cluster.Request(deadlineMs: 60))));
        Assert.Equal("edge", cluster.Where(cluster.Decide(cluster.Request(deadlineMs: 30))));
    }

    [Fact]
    public void T6_always_small_and_always_large_keep_to_one_size_and_reject_the_rest()
    {
        foreach ((string policy, string model) in ((string, string)[])[("always-small", "small"), ("always-large", "large")])
        {
            TestCluster cluster = With(policy)
                .Worker(
                    "a", "edge", TestCluster.Variant("small", "t", 0.6f, 5), TestCluster.Variant("middle", "t", 0.7f, 10),
                    TestCluster.Variant("large", "t", 0.9f, 20))
                .Worker("b", "cloud", TestCluster.Variant("small", "t", 0.6f, 5), TestCluster.Variant("large", "t", 0.9f, 20));
            List<string> chosen = [];
            Decision last;
            while ((last = cluster.Decide(cluster.Request(deadlineMs: 200))).IsPlaced) chosen.Add(cluster.View.VariantOf(last.Placement).Name);
            Assert.All(chosen, c => Assert.Equal(model, c));
            Assert.InRange(chosen.Count, 8, 100);
        }

        // The smallest that is accurate enough.
        TestCluster exact = With("always-small").Worker(
            "a", "edge", TestCluster.Variant("small", "t", 0.6f, 5), TestCluster.Variant("middle", "t", 0.7f, 10), TestCluster.Variant("large", "t", 0.9f, 5));
        Assert.Equal("middle", exact.View.VariantOf(exact.Decide(exact.Request(minAccuracy: 0.65f)).Placement).Name);
    }

    [Fact]
    public void T6_threshold_on_queue_takes_the_large_model_while_its_queue_is_short()
    {
        TestCluster cluster = With("threshold-on-queue")
            .Worker("a", "edge", TestCluster.Variant("large", "t", 0.9f, 20)).Worker("b", "edge", TestCluster.Variant("small", "t", 0.6f, 5));

        // A tenth of 300 ms: one request of 20 ms may wait there, two may not. Then 8 ms of the small one's queue are as good as none.
        string[] chosen = [.. Enumerable.Range(0, 4).Select(_ => cluster.View.VariantOf(cluster.Decide(cluster.Request(deadlineMs: 300)).Placement).Name)];
        Assert.Equal(["large", "large", "small", "small"], chosen);
    }

    [Fact]
    public void One_step_improvement_leaves_a_busy_fast_worker_to_those_who_come_after()
    {
        // Thirty requests of 5 ms within a moment: 150 a second by the view's 200 ms, at three quarters of its capacity. The next one costs those after it
        // 150/s · 5 ms · 2.5 ms / (1 - 0.75) = 7.5 ms there and nothing at the idle one: 5 + 7.5 against 8.
        TestCluster cluster = With("one-step-improvement").Worker("fast", "edge", TestCluster.Variant("m", "t", 0.9f, 5))
            .Worker("slow", "edge", TestCluster.Variant("m", "t", 0.9f, 8));
        int fast = cluster.View.Workers["fast"].Placements[0];
        for (int i = 0; i < 30; i++)
        {
            int band = cluster.View.Sent(fast, 0.005f, 0.005f, 0.001f, 1, cluster.Now + 100_000);
            cluster.View.Ended(fast, cluster.View.GenerationOf(fast), 0.005f, 0.005f, band, credit: false);
        }

        Assert.Equal("slow", cluster.Where(cluster.Decide(cluster.Request())));
        cluster.After(2_000);
        cluster.Hear("fast", "slow");
        Assert.Equal("fast", cluster.Where(cluster.Decide(cluster.Request())));
    }

    [Fact]
    public void Price_buys_accuracy_in_calm_and_speed_under_load()
    {
        TestCluster cluster = With("price")
            .Worker("w", "edge", TestCluster.Variant("small", "t", 0.7f, 2), TestCluster.Variant("large", "t", 0.95f, 20));
        Decision first = cluster.Decide(cluster.Request(deadlineMs: 200));
        Assert.Equal("large", cluster.View.VariantOf(first.Placement).Name);
        Dictionary<string, int> chosen = new() { ["small"] = 0, ["large"] = 0 };
        for (int i = 0; i < 400; i++)
        {
            cluster.After(3); // 333 requests a second: only the small one can be served at that rate
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 200));
            if (decision.IsPlaced) chosen[cluster.View.VariantOf(decision.Placement).Name]++;
        }

        Assert.True(chosen["small"] > 5 * chosen["large"], $"small {chosen["small"]}, large {chosen["large"]}");
    }

    [Fact]
    public void Of_placements_that_are_all_in_time_price_takes_the_quickest()
    {
        TestCluster cluster = With("price").Worker("near", "edge", TestCluster.Variant("m", "t", 0.9f, 5))
            .Worker("far", "cloud", TestCluster.Variant("m", "t", 0.9f, 5));
        int near = 0;
        for (int i = 0; i < 200; i++)
        {
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1_000));
            near += cluster.Where(decision) == "near" ? 1 : 0;
            cluster.After(6);
            cluster.Answer(decision, 5);
            cluster.After(50);
            cluster.Hear("near", "far");
        }

        Assert.InRange(near, 150, 200); // 38 ms sooner at 0.02/s: 0.0008 of value, one and a half times the noise
    }

    [Fact]
    public void Price_rejects_what_is_not_worth_its_price()
    {
        TestCluster cluster = With("price").Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 20));
        List<RejectReason> reasons = [];
        for (int i = 0; i < 300; i++)
        {
            cluster.After(2);
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1_000));
            if (!decision.IsPlaced) reasons.Add(decision.Reason);
        }

        Assert.Contains(RejectReason.NotWorth, reasons);
    }

    [Fact]
    public void Price_prefers_the_heavier_request_when_time_is_short()
    {
        TestCluster cluster = With("price").Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 20));
        int light = 0, heavy = 0;
        for (int i = 0; i < 2_000; i++)
        {
            cluster.After(4);
            cluster.Hear("w");
            bool isHeavy = i % 5 == 0;
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 2_000, weight: isHeavy ? 5 : 1));
            if (!decision.IsPlaced) continue;
            if (isHeavy) heavy++;
            else light++;
            cluster.Answer(decision, 20);
        }

        Assert.True(heavy > 380, $"{heavy} of 400 heavy requests were placed");
        Assert.True(light < 800, $"{light} of 1600 light ones");
    }

    [Fact]
    public void E4_a_request_that_wants_more_accuracy_than_every_edge_variant_never_goes_to_edge()
    {
        foreach (PolicyRegistration registration in PolicyCatalogue.Rules)
        {
            TestCluster cluster = With(registration.Name)
                .Worker("edge-1", "edge", TestCluster.Variant("s", "t", 0.7f, 5), TestCluster.Variant("m", "t", 0.8f, 9))
                .Worker("cloud-1", "cloud", TestCluster.Variant("l", "t", 0.95f, 3));
            RandomStream random = new(4);
            for (int i = 0; i < 10_000; i++)
            {
                cluster.After(5 * random.NextExponential());
                cluster.Hear("edge-1", "cloud-1");
                float wanted = 0.800001f + (0.2f * random.NextSingle());
                Decision decision = cluster.Decide(cluster.Request(minAccuracy: wanted, deadlineMs: 500));
                if (wanted > 0.95f) Assert.Equal(RejectReason.Accuracy, decision.Reason);
                else if (decision.IsPlaced) Assert.Equal("cloud-1", cluster.Where(decision));
                if (decision.IsPlaced) cluster.Answer(decision, 3);
            }
        }
    }

    [Fact]
    public void E9_what_a_link_costs_per_gigabyte_counts_where_money_counts()
    {
        foreach ((float weight, string expected) in ((float, string)[])[(0, "far"), (1, "near")])
        {
            TestCluster cluster = new(
                new SchedulerSettings { Exploration = 0, Value = new ValueWeights { Cost = weight }, Price = new PriceParameters { Temperature = 1e-5f } });
            cluster.Network.Set("edge", "cloud", new Link(0.001f, 0, float.PositiveInfinity, CostPerGigabyte: 1000));
            cluster.Worker("near", "edge", TestCluster.Variant("a", "t", 0.8f, 1)).Worker("far", "cloud", TestCluster.Variant("b", "t", 0.9f, 1));
            Request request = cluster.Request(deadlineMs: 1000) with { PayloadBytes = 1_000_000 };
            Assert.Equal(expected, cluster.Where(cluster.Decide(request)));
            int far = cluster.Scheduler.Candidates.Placement[..2].ToArray().ToList().FindIndex(k => cluster.View.VariantOf(k).Name == "b");
            Assert.Equal(1.0003f, cluster.Scheduler.Candidates.Cost(far), 4);
        }
    }
}
