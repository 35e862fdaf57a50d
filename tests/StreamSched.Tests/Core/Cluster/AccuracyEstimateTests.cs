using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Cluster;

public class AccuracyEstimateTests
{
    private static TestCluster Two()
    {
        TestCluster cluster = new TestCluster(new() { Exploration = 0, TimeBudget = TimeSpan.Zero })
            .Worker("a", "edge", TestCluster.Variant("m", "t", 0.9f, 10)).Worker("b", "edge", TestCluster.Variant("n", "t", 0.8f, 10));
        cluster.Scheduler.Use(PolicyCatalogue.Create("price", new PriceParameters()), 1);
        return cluster;
    }

    private static AccuracyEstimate Of(string variant, string site, float mean, float lower, string origin = AccuracyEstimate.Everywhere) =>
        new("t", variant, site, origin, mean, lower, 100);

    [Fact]
    public void U5_what_labels_have_shown_counts_instead_of_what_is_registered()
    {
        TestCluster cluster = Two();
        Assert.Equal("a", Where(cluster));
        cluster.View.SetAccuracies([Of("m", "edge", 0.4f, 0.3f)]);
        Assert.Equal("b", Where(cluster));
        cluster.View.SetAccuracies([]);
        Assert.Equal("a", Where(cluster));
    }

    [Fact]
    public void E4_a_quality_floor_goes_by_the_lower_bound()
    {
        TestCluster cluster = Two();
        cluster.View.SetAccuracies([Of("m", "edge", 0.88f, 0.75f)]);
        Assert.Equal("a", Where(cluster)); // worth more all the same
        Assert.Equal("b", Where(cluster, minAccuracy: 0.78f));
        cluster.View.SetAccuracies([Of("m", "edge", 0.5f, 0.4f), Of("n", AccuracyEstimate.Everywhere, 0.5f, 0.4f)]);
        Assert.Equal(RejectReason.Accuracy, cluster.Decide(cluster.Request(minAccuracy: 0.78f)).Reason);
    }

    [Fact]
    public void A_site_goes_by_its_own_estimate_and_else_by_that_of_all_and_workers_that_come_do_too()
    {
        TestCluster cluster = Two();
        cluster.View.SetAccuracies([Of("m", AccuracyEstimate.Everywhere, 0.3f, 0.2f), Of("m", "cloud", 0.85f, 0.85f), Of("m", "elsewhere", 0.1f, 0.1f)]);
        Assert.Equal("b", Where(cluster));
        cluster.Worker("c", "cloud", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Equal("c", Where(cluster));
    }

    [Fact]
    public void L4_requests_go_by_the_estimate_for_frames_of_their_own_site()
    {
        TestCluster cluster = Two();
        cluster.View.SetAccuracies(
            [Of("m", "edge", 0.4f, 0.3f, "yard"), Of("n", "edge", 0.95f, 0.9f, "hall"), Of("m", AccuracyEstimate.Everywhere, 0.85f, 0.84f)]);
        Assert.Equal(0, cluster.View.OriginIndex("nowhere"));
        Assert.Equal("a", Where(cluster));
        Assert.Equal("b", Where(cluster, from: "yard"));
        Assert.Equal("b", Where(cluster, from: "hall"));
        Assert.Equal("a", Where(cluster, minAccuracy: 0.82f));
        Assert.Equal(RejectReason.Accuracy, Refused("yard", 0.82f));
        cluster.Worker("c", "edge", TestCluster.Variant("m", "t", 0.9f, 1)); // who comes later too
        Assert.NotEqual("b", Where(cluster));
        Assert.Equal("b", Where(cluster, from: "yard"));
        cluster.View.SetAccuracies([Of("n", "edge", 0.1f, 0.1f, "yard")]);
        Assert.NotEqual("b", Where(cluster, from: "yard"));
        Assert.NotEqual("b", Where(cluster, from: "hall"));
        RejectReason Refused(string from, float floor) =>
            cluster.Decide(cluster.Request(deadlineMs: 2000, minAccuracy: floor, site: from)).Reason;
    }

    [Fact]
    public void X0_a_baseline_goes_by_what_is_registered_in_its_windows_alone()
    {
        TestCluster cluster = Two();
        PreparedPolicy policy = new(PolicyCatalogue.Create("price", new PriceParameters()));
        cluster.Scheduler.Use(new ServingPlan(new ServingPolicy(policy, 1), new ServingPolicy(policy, 1, AsRegistered: true)));
        cluster.View.SetAccuracies([Of("m", "edge", 0.4f, 0.3f)]);
        Assert.Equal("b", Where(cluster));
        cluster.Scheduler.Turn(Arm.HoldBack);
        Assert.Equal("a", Where(cluster));
        cluster.View.SetAccuracies([Of("m", "edge", 0.3f, 0.2f)]);
        Assert.Equal("a", Where(cluster));
        cluster.Scheduler.Turn(Arm.Champion);
        Assert.Equal("b", Where(cluster));
        cluster.Scheduler.Turn(Arm.HoldBack);
        cluster.Scheduler.Use(new ServingPlan(new ServingPolicy(policy, 1)));
        Assert.Equal("b", Where(cluster));
    }

    private static string? Where(TestCluster cluster, float minAccuracy = 0, string from = "edge")
    {
        cluster.Hear("a", "b");
        Decision decision = cluster.Decide(cluster.Request(deadlineMs: 2000, minAccuracy: minAccuracy, site: from));
        string? where = cluster.Where(decision);
        cluster.Answer(decision, 10);
        return where;
    }
}
