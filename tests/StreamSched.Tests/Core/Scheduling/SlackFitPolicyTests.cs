using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>Statements of SuperServe's paper about SlackFit (Khare and others, NSDI 2025).</summary>
public class SlackFitPolicyTests
{
    private static TestCluster Cluster() => new(new SchedulerSettings { Policy = PolicyNames.SlackFit, Exploration = 0, TimeBudget = TimeSpan.Zero });

    private static string Model(TestCluster cluster, Decision decision) => cluster.View.VariantOf(decision.Placement).Name;

    private static VariantDescription Batching(string name, float accuracy, int batch, float aloneMs, float fullMs) => new()
    {
        Name = name, Task = "t", Accuracy = accuracy,
        Services = new Dictionary<string, ServiceTable> { ["cpu"] = new ServiceTable([1, batch], [aloneMs / 1000, fullMs / 1000], batch) },
    };

    private static VariantDescription[] ThreeSizes =>
    [
        TestCluster.Variant("small", "t", 0.6f, 5), TestCluster.Variant("middle", "t", 0.75f, 25), TestCluster.Variant("large", "t", 0.9f, 55),
    ];

    [Theory]
    [InlineData(9, "small")]
    [InlineData(40, "middle")]
    [InlineData(70, "large")]
    [InlineData(2_000, "large")]
    public void Little_slack_takes_a_small_model_and_much_slack_a_large_one(float deadlineMs, string model)
    {
        TestCluster cluster = Cluster().Worker("w", "edge", ThreeSizes);
        Assert.Equal(model, Model(cluster, cluster.Decide(cluster.Request(deadlineMs: deadlineMs))));
    }

    [Fact]
    public void What_waits_takes_slack_away_so_that_a_burst_is_served_by_smaller_models()
    {
        TestCluster cluster = Cluster().Worker("w", "edge", ThreeSizes);
        Decision[] sent = [.. Enumerable.Range(0, 4).Select(_ => cluster.Decide(cluster.Request(deadlineMs: 100)))];

        // 98 ms of slack, then 44, then 19, then 14.
        Assert.Equal(["large", "middle", "small", "small"], sent.Select(d => Model(cluster, d)));

        // When all of it has been answered there is slack again.
        cluster.After(95);
        foreach (Decision decision in sent) cluster.Answer(decision, 1000 * cluster.View.VariantOf(decision.Placement).Services["cpu"].Seconds(1));
        Assert.Equal("large", Model(cluster, cluster.Decide(cluster.Request(deadlineMs: 100))));
    }

    [Fact]
    public void Age_and_network_delay_take_slack_away()
    {
        TestCluster cluster = Cluster().Worker("w", "cloud", ThreeSizes); // 20 ms there, 20 back
        Assert.Equal("middle", Model(cluster, cluster.Decide(cluster.Request(deadlineMs: 80))));
        cluster = Cluster().Worker("w", "edge", ThreeSizes);
        StreamSched.Core.Requests.Request request = cluster.Request(deadlineMs: 80);
        cluster.After(30);
        Assert.Equal("middle", Model(cluster, cluster.Decide(request)));
    }

    [Fact]
    public void Within_a_bucket_the_largest_batch_is_taken()
    {
        // From 10 to 50 ms buckets are 4 ms wide: 50 ms alone and 48 ms for eight are in the same one.
        TestCluster cluster = Cluster().Worker("w", "edge", Batching("batching", 0.7f, 8, 10, 48), TestCluster.Variant("large", "t", 0.9f, 50));
        Assert.Equal("batching", Model(cluster, cluster.Decide(cluster.Request(deadlineMs: 300))));

        // 45 ms for eight are in the one below.
        cluster = Cluster().Worker("w", "edge", Batching("batching", 0.7f, 8, 10, 45), TestCluster.Variant("large", "t", 0.9f, 50));
        Assert.Equal("large", Model(cluster, cluster.Decide(cluster.Request(deadlineMs: 300))));
    }

    [Fact]
    public void Between_workers_the_earliest_finish_wins_with_the_model_that_each_has_slack_for()
    {
        TestCluster cluster = Cluster().Worker("fast", "edge", TestCluster.Variant("small", "t", 0.6f, 2), TestCluster.Variant("large", "t", 0.9f, 20))
            .Worker("slow", "edge", TestCluster.Variant("small", "t", 0.6f, 10), TestCluster.Variant("large", "t", 0.9f, 100));
        string[] chosen = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 60));
            return $"{cluster.Where(decision)} {Model(cluster, decision)}";
        })];

        // 58 ms of slack are for large at the fast one, after 22 ms, and for small at the slow one: after 12 ms, after 21, and then not before 31.
        Assert.Equal(["slow small", "slow small", "fast large"], chosen);
    }
}
