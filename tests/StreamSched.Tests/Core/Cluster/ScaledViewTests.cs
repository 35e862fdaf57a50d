using StreamSched.Core.Cluster;

namespace StreamSched.Tests.Core.Cluster;

public class ScaledViewTests
{
    private static TestCluster Quarter(bool scaled = true)
    {
        TestCluster cluster = new(new() { Policy = "earliest-finish", Exploration = 0, View = new() { Scaled = scaled } });
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        cluster.View.SetPartitionShare(0.25f);
        return cluster;
    }

    private static float BacklogAfterOne(TestCluster cluster)
    {
        cluster.Decide(cluster.Request());
        cluster.View.Advance(cluster.Now);
        return cluster.View.Backlog[0];
    }

    [Fact]
    public void Others_of_whom_nothing_is_known_are_assumed_to_do_the_same()
    {
        Assert.Equal(0.040f, BacklogAfterOne(Quarter()), 4);
        Assert.Equal(0.010f, BacklogAfterOne(Quarter(scaled: false)), 4);
    }

    [Fact]
    public void What_is_only_assumed_makes_an_answer_in_time_less_certain()
    {
        TestCluster alone = Quarter(), quarter = Quarter();
        alone.View.SetPartitionShare(1);
        foreach (TestCluster cluster in (TestCluster[])[alone, quarter])
        {
            cluster.Decide(cluster.Request(deadlineMs: 1000));
            cluster.Decide(cluster.Request(deadlineMs: 1000));
        }

        // 40 ms of work, three quarters of it others': 3 requests of 10 ms, that is ± 17 ms; k3 is 2.
        float certain = alone.Scheduler.Candidates.Deviation[0], assumed = quarter.Scheduler.Candidates.Deviation[0];
        Assert.Equal(2 * MathF.Sqrt(3) * 0.010f, assumed - certain, 3);
    }

    [Fact]
    public void What_another_reports_replaces_what_was_assumed()
    {
        TestCluster cluster = Quarter();
        cluster.Decide(cluster.Request(deadlineMs: 1000));
        cluster.View.TakeSnapshot();
        cluster.After(1);

        // One other scheduler with the other three quarters: it has sent nothing to this worker.
        cluster.View.PeerReported("other", 1, 1, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 0, 0)], cluster.Now);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0.010f, cluster.View.Backlog[0], 3);

        // What we send after its report counts for it as well, until the next.
        cluster.Decide(cluster.Request(deadlineMs: 1000));
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0.010f + 0.040f, cluster.View.Backlog[0], 3);

        cluster.View.TakeSnapshot();
        cluster.After(0.1);
        cluster.View.PeerReported("other", 1, 2, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 0.005, 0)], cluster.Now);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0.025f, cluster.View.Backlog[0], 3);
    }

    [Fact]
    public void A_scheduler_silent_for_fifty_milliseconds_counts_as_unreported()
    {
        TestCluster cluster = Quarter();
        cluster.View.PeerReported("other", 1, 1, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 0.2, 0)], cluster.Now);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(1, cluster.View.FreshPeers);
        Assert.True(cluster.View.Backlog[0] > 0.15f);
        cluster.After(60);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0, cluster.View.FreshPeers);
        cluster.View.Advance(cluster.Now + 1);
        Assert.Equal(0, cluster.View.Backlog[0]);
    }

    [Fact]
    public void An_older_report_or_incarnation_is_ignored()
    {
        TestCluster cluster = Quarter();
        cluster.View.PeerReported("other", 2, 5, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 0.1, 0)], cluster.Now);
        cluster.View.PeerReported("other", 2, 4, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 9, 0)], cluster.Now);
        cluster.View.PeerReported("other", 1, 9, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 9, 0)], cluster.Now);
        cluster.After(0.001);
        cluster.View.Advance(cluster.Now);
        Assert.InRange(cluster.View.Backlog[0], 0.08f, 0.1f);
    }

    [Fact]
    public void What_was_sent_to_a_worker_before_it_came_again_is_not_charged_to_the_one_that_comes()
    {
        TestCluster cluster = Quarter();
        for (int i = 0; i < 500; i++) cluster.Answer(cluster.Decide(cluster.Request(deadlineMs: 100_000)), 10);
        cluster.View.PeerReported("other", 1, 1, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 15, 15)], cluster.Now);
        cluster.View.TakeSnapshot();
        cluster.After(1);

        // The row is used again at once; the snapshot is still of the former incarnation.
        cluster.Worker("w", "edge", 2, InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10));
        float begins = cluster.View.Queue[0];
        cluster.View.PeerReported("other", 1, 2, cluster.Now, 0.75f, [new ProcessorLoad("w", 2, "cpu", 0.01, 0)], cluster.Now);
        Assert.InRange(cluster.View.Queue[0], begins - 0.01f, begins + 0.02f);
        cluster.View.TakeSnapshot();
        cluster.After(10);
        cluster.View.PeerReported("other", 1, 3, cluster.Now, 0.75f, [new ProcessorLoad("w", 2, "cpu", 0.02, 0)], cluster.Now);
        Assert.InRange(cluster.View.Queue[0], 0, begins + 0.04f); // it was 15 s: three times all that was ever sent there
    }

    [Fact]
    public void A_worker_that_registers_anew_as_the_same_incarnation_keeps_its_queue()
    {
        TestCluster cluster = Quarter();
        for (int i = 0; i < 50; i++) cluster.Decide(cluster.Request(deadlineMs: 100_000));
        cluster.View.PeerReported("other", 1, 1, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 40, 40)], cluster.Now);
        float queue = cluster.View.Queue[0];
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10), TestCluster.Variant("n", "t", 0.8f, 5));
        Assert.Equal(queue, cluster.View.Queue[0], 3);
        cluster.View.PeerReported("other", 1, 2, cluster.Now, 0.75f, [new ProcessorLoad("w", 1, "cpu", 40.01, 40)], cluster.Now);
        Assert.InRange(cluster.View.Queue[0], queue - 0.02f, queue + 0.02f); // neither emptied nor filled with the 40 s that were counted long ago
    }

    [Fact]
    public void Telemetry_shows_work_that_nobody_reported()
    {
        TestCluster cluster = new(new() { Policy = "earliest-finish", Exploration = 0 });
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        cluster.View.Telemetry("w", 1, false, [new ProcessorTelemetry("cpu", 0.5f)], cluster.Now);
        cluster.After(1);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0.5f, cluster.View.Backlog[0], 2);
        cluster.After(300);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0.2f, cluster.View.Backlog[0], 2); // it drains without being told
    }

    [Fact]
    public void Our_report_tells_what_was_sent_and_what_ended()
    {
        TestCluster cluster = Quarter();
        var first = cluster.Decide(cluster.Request());
        cluster.Decide(cluster.Request());
        cluster.Answer(first, 10);
        List<ProcessorLoad> loads = [];
        cluster.View.Report(loads);
        ProcessorLoad load = Assert.Single(loads);
        Assert.Equal(("w", 1L, "cpu"), (load.Worker, load.Incarnation, load.Processor));
        Assert.Equal(0.020, load.Sent, 5);
        Assert.Equal(0.010, load.Finished, 5);
    }
}
