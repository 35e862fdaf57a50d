using System.Globalization;
using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Cluster;

/// <summary>What a view keeps at most, whoever registers.</summary>
public class ClusterViewBoundsTests
{
    [Fact]
    public void B6_The_ten_thousandth_worker_costs_what_the_hundredth_does()
    {
        TestCluster cluster = new();
        long[] allocated = new long[10_000];
        for (int i = 0; i < allocated.Length; i++)
        {
            WorkerDescription description = Description(i);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(cluster.View.Register(description, cluster.Now));
            allocated[i] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // Columns that grow cost once; the median does not see them.
        Assert.InRange(Median(allocated.AsSpan(9_000)), 1, 2 * Median(allocated.AsSpan(50, 100)));
        Assert.True(cluster.Decide(cluster.Request()).IsPlaced);
        Assert.Equal(10_000, cluster.View.Workers.Count);
    }

    [Fact]
    public void B6_More_workers_than_fit_are_refused_with_the_bound_and_cost_nothing()
    {
        TestCluster cluster = new(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero, View = new ViewSettings { MaxWorkers = 50 } });
        for (int i = 0; i < 50; i++) Assert.True(cluster.View.Register(Description(i), cluster.Now));
        int processors = cluster.View.ProcessorCount;
        for (int i = 50; i < 1000; i++) Assert.False(cluster.View.Register(Description(i), cluster.Now));
        Assert.Equal("a scheduler keeps at most 50 workers", cluster.View.Refusal(Description(50), mayReplace: true));
        Assert.Equal((50, processors), (cluster.View.Workers.Count, cluster.View.ProcessorCount));
        Assert.True(cluster.View.Register(Description(7) with { Incarnation = 2 }, cluster.Now)); // who is known may register anew
    }

    [Fact]
    public void B6_The_worker_that_is_dead_for_longest_makes_room_for_one_that_comes()
    {
        TestCluster cluster = new(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero, View = new ViewSettings { MaxWorkers = 3 } });
        for (int i = 0; i < 3; i++)
        {
            cluster.After(100);
            cluster.View.Register(Description(i), cluster.Now);
        }

        cluster.After(30_000);
        cluster.View.Advance(cluster.Now);
        Assert.False(cluster.View.Register(Description(3), cluster.Now, cluster.Now)); // read from the past: nobody knows yet who lives
        cluster.Hear("w0");
        Assert.True(cluster.View.Register(Description(3), cluster.Now));
        Assert.Equal(["w0", "w2", "w3"], cluster.View.Workers.Keys.Order());
        Assert.NotNull(cluster.Where(cluster.Decide(cluster.Request())));
    }

    [Fact]
    public void B6_Sites_tasks_placements_and_bytes_have_bounds_too()
    {
        TestCluster cluster = new(new SchedulerSettings
        {
            Exploration = 0, TimeBudget = TimeSpan.Zero,
            View = new ViewSettings { MaxSites = 10, MaxTasks = 5, MaxPlacements = 40, MaxRegistrationBytes = 40_000 },
        });
        for (int i = 0; i < 20; i++) Assert.True(cluster.View.Register(Description(i) with { Site = $"site-{i}" }, cluster.Now));
        Assert.Equal(10, cluster.Network.Count);
        Assert.Contains("tasks", cluster.View.Refusal(Description(20, [.. Enumerable.Range(0, 5).Select(t => $"task-{t}")]), true), StringComparison.Ordinal);
        Assert.Contains("placements", cluster.View.Refusal(Description(20, [.. Enumerable.Repeat("t", 21)]), true), StringComparison.Ordinal);
        Assert.Contains(
            "bytes", cluster.View.Refusal(Description(20, [.. Enumerable.Repeat("t", 20)]) with { Interference = Matrices(20) }, true),
            StringComparison.Ordinal);
    }

    [Fact]
    public void B6_Other_schedulers_have_a_bound_and_no_report_fills_a_queue_for_ever()
    {
        TestCluster cluster = new(new SchedulerSettings { Exploration = 0, TimeBudget = TimeSpan.Zero, View = new ViewSettings { MaxPeers = 8 } });
        cluster.View.Register(Description(0), cluster.Now);
        for (int i = 0; i < 100; i++) cluster.View.PeerReported($"s{i}", 1, 1, cluster.Now, 0.1f, [new ProcessorLoad("w0", 1, "cpu", 0, 0)], cluster.Now);
        Assert.Equal(8, cluster.View.FreshPeers);
        cluster.View.PeerReported("s0", 1, 2, cluster.Now, 0.1f, [new ProcessorLoad("w0", 1, "cpu", 1e12, 0)], cluster.Now);
        Assert.InRange(cluster.View.Queue[0], 0, 61);
    }

    [Fact]
    public void Registrations_in_a_row_give_the_tables_that_each_would_give()
    {
        TestCluster one = new(), other = new();
        for (int i = 0; i < 20; i++)
        {
            one.View.Register(Description(i, "t", "u", "t"), one.Now);
            one.View.AnyAvailable(0); // makes the tables anew
            other.View.Register(Description(i, "t", "u", "t"), other.Now);
        }

        foreach (string task in (string[])["t", "u"])
        {
            TaskTable a = one.View.Table(one.View.TaskIndex(task)), b = other.View.Table(other.View.TaskIndex(task));
            Assert.Equal(a.Count, b.Count);
            Assert.Equal(a.Placement, b.Placement);
            Assert.Equal(a.FirstProcessor, b.FirstProcessor);
            Assert.Equal(a.ProcessorTime, b.ProcessorTime);
        }
    }

    private static WorkerDescription Description(int i, params string[] tasks) => TestCluster.Describe(
        string.Create(CultureInfo.InvariantCulture, $"w{i}"), "edge", 1, InterferenceTable.None,
        [.. (tasks.Length == 0 ? ["t"] : tasks).Select((task, v) => TestCluster.Variant($"v{v}", task, 0.9f, 10))]);

    private static InterferenceTable Matrices(int variants) =>
        new(Enumerable.Range(0, variants).Select(v => new InterferenceMatrix($"v{v}", "v0", "v1", new float[65 * 65].Select(_ => 1f).ToArray())));

    private static long Median(Span<long> values)
    {
        long[] sorted = values.ToArray();
        Array.Sort(sorted);
        return sorted[sorted.Length / 2];
    }
}
