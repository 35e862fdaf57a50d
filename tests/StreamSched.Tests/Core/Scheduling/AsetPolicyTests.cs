using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>
/// ASET's seven static policies against answers worked out by hand. Ways from the edge, one way: edge 1 ms; office 5 ms, σ 2 ms; cloud 20 ms, σ 2 ms. So d' = d
/// + 2σ is 1, 9 and 24 ms.
/// </summary>
public class AsetPolicyTests
{
    // worker: 2d' + D_v in ms. edge-1: 2 + 30 = 32; office-1: 18 + 4 = 22; cloud-1: 48 + 1 = 49.
    private static TestCluster Three(string policy, FeasibilityRule mask = FeasibilityRule.Completion, ulong seed = 1)
    {
        TestCluster cluster = new(new SchedulerSettings
        {
            Policy = policy, Exploration = 0, TimeBudget = TimeSpan.Zero, Seed = seed, Prediction = new PredictionSettings { Mask = mask },
        });
        cluster.Network.Add("office");
        cluster.Network.Set("edge", "office", new Link(0.005f, 0.002f));
        return cluster.Worker("edge-1", "edge", TestCluster.Variant("s", "t", 0.7f, 30)).Worker("office-1", "office", TestCluster.Variant("m", "t", 0.8f, 4))
            .Worker("cloud-1", "cloud", TestCluster.Variant("l", "t", 0.9f, 1));
    }

    [Theory]
    [InlineData("closest", "edge-1")]
    [InlineData("farthest", "cloud-1")]
    [InlineData("cheaper", "cloud-1")]
    [InlineData("least-impedance", "office-1")]
    public void A1_the_rules_without_load_choose_as_by_hand_and_stay_with_it_when_it_is_loaded(string policy, string expected)
    {
        TestCluster cluster = Three(policy);
        for (int i = 0; i < 2; i++) Assert.Equal(expected, cluster.Where(cluster.Decide(cluster.Request(deadlineMs: 1_000))));
    }

    [Fact]
    public void A1_the_scores_are_round_trips_with_two_deviations_each_way_plus_the_solo_run()
    {
        TestCluster cluster = Three("least-impedance");
        cluster.Decide(cluster.Request());
        Assert.Equal([-0.032f, -0.022f, -0.049f], cluster.Scheduler.Candidates.Score[..3].ToArray().Select(s => MathF.Round(s, 5)));
        cluster = Three("closest");
        cluster.Decide(cluster.Request());
        Assert.Equal([-0.002f, -0.018f, -0.048f], cluster.Scheduler.Candidates.Score[..3].ToArray().Select(s => MathF.Round(s, 5)));
    }

    [Fact]
    public void A1_cheaper_counts_the_run_where_farthest_does_not()
    {
        // A slow variant beside the device: 2 + 60 = 62 ms is more than the cloud's 49.
        TestCluster cheaper = Three("cheaper").Worker("edge-2", "edge", TestCluster.Variant("x", "t", 0.7f, 60));
        Assert.Equal("edge-2", cheaper.Where(cheaper.Decide(cheaper.Request())));
        TestCluster farthest = Three("farthest").Worker("edge-2", "edge", TestCluster.Variant("x", "t", 0.7f, 60));
        Assert.Equal("cloud-1", farthest.Where(farthest.Decide(farthest.Request())));
    }

    [Fact]
    public void A1_load_balancing_takes_the_least_loaded_wherever_it_is()
    {
        // All idle: of equals the earliest to finish, the office at 5 + 4 + 5 ms, then the edge at 1 + 30 + 1. Loads are then 20, 150 and 0 thousandths (work
        // over the view's 200 ms), and each request to the cloud adds 5.
        TestCluster cluster = Three("load-balancing");
        string[] chosen = [.. Enumerable.Range(0, 6).Select(_ => cluster.Where(cluster.Decide(cluster.Request(deadlineMs: 1_000)))!)];
        Assert.Equal(["office-1", "edge-1", "cloud-1", "cloud-1", "cloud-1", "cloud-1"], chosen);
    }

    [Fact]
    public void A1_random_proportional_latency_draws_by_the_inverse_of_the_impedance()
    {
        double[] weights = [1 / 0.032, 1 / 0.022, 1 / 0.049];
        ChiSquare("random-proportional-latency", weights, cluster => { });
    }

    [Fact]
    public void A1_random_proportional_load_draws_by_capacity_over_load()
    {
        // Utilisations as the view would hold them after 10, 5 and 40 requests of 30, 4 and 1 ms at once, over its 200 ms: 1.5, 0.1 and 0.2.
        double[] weights = [1 / 1.5, 1 / 0.1, 1 / 0.2];
        ChiSquare("random-proportional-load", weights, cluster =>
        {
            int[] sent = [10, 5, 40];
            float[] use = [0.030f, 0.004f, 0.001f];
            for (int k = 0; k < 3; k++)
                for (int i = 0; i < sent[k]; i++) cluster.View.Sent(k, use[k], use[k], 0.001f, 1, cluster.Now + 100_000);
        });
    }

    [Fact]
    public void A1_ASETs_feasibility_counts_load_and_ways_and_no_queue()
    {
        // 2(δ + d + 2σ) + D_v with δ 1 ms: 34, 24 and 51 ms.
        TestCluster cluster = Three("least-impedance", FeasibilityRule.Aset);
        Assert.Equal((3, 2, 1, 0), (Feasible(60), Feasible(50), Feasible(30), Feasible(20)));
        Assert.Equal(RejectReason.Deadline, cluster.Decide(cluster.Request(deadlineMs: 20)).Reason);

        // Fifty requests of 4 ms are 200 ms of work, the whole of the time constant; one more and the office is full. A queue of as much would have ruled it
        // out long before.
        for (int i = 0; i < 51; i++) Assert.Equal("office-1", cluster.Where(cluster.Decide(cluster.Request(deadlineMs: 30))));
        Assert.Equal(RejectReason.Capacity, cluster.Decide(cluster.Request(deadlineMs: 30)).Reason);
        Assert.Equal("edge-1", cluster.Where(cluster.Decide(cluster.Request(deadlineMs: 40))));

        int Feasible(float deadlineMs)
        {
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: deadlineMs));
            if (decision.IsPlaced) cluster.Rows.WriteOff(decision.Handle, cluster.Now);
            cluster.After(10_000);
            cluster.Hear("edge-1", "office-1", "cloud-1");
            return cluster.Scheduler.Candidates.Feasible;
        }
    }

    [Fact]
    public void A1_ASETs_transmission_is_payload_over_bandwidth_on_every_way()
    {
        TestCluster cluster = new(new SchedulerSettings
        {
            Policy = "closest", Exploration = 0, TimeBudget = TimeSpan.Zero, Prediction = new PredictionSettings { Mask = FeasibilityRule.Aset },
        });
        cluster.Network.Set("edge", "edge", new Link(0.001f, 0, 1e6f));
        cluster.Network.Set("edge", "cloud", new Link(0.010f, 0, 2e6f));
        cluster.Worker("cloud-1", "cloud", TestCluster.Variant("l", "t", 0.9f, 3));

        // 2 · (1 + 10) + 10 kB at 1 MB/s and again at 2 MB/s: 10 + 5, and 3: 40 ms.
        Assert.True(cluster.Decide(cluster.Request(deadlineMs: 40.01f) with { PayloadBytes = 10_000 }).IsPlaced);
        Assert.False(cluster.Decide(cluster.Request(deadlineMs: 39.99f) with { PayloadBytes = 10_000 }).IsPlaced);
    }

    // Pearson's test: with two degrees of freedom chi-square is above 13.8 once in a thousand times.
    private static void ChiSquare(string policy, double[] weights, Action<TestCluster> prepare)
    {
        const int Draws = 10_000;
        int[] counts = new int[3];
        for (int i = 0; i < Draws; i++)
        {
            TestCluster cluster = Three(policy, seed: (ulong)i); // a draw moves the loads
            prepare(cluster);
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 1e6f));
            int chosen = Array.IndexOf(["edge-1", "office-1", "cloud-1"], cluster.Where(decision));
            Assert.Equal(weights[chosen] / weights.Sum(), decision.Propensity, 4);
            counts[chosen]++;
        }

        double chiSquare = Enumerable.Range(0, 3)
            .Sum(k => Math.Pow(counts[k] - (Draws * weights[k] / weights.Sum()), 2) / (Draws * weights[k] / weights.Sum()));
        Assert.InRange(chiSquare, 0, 13.8);
    }
}
