using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Serving;

namespace StreamSched.Tests.Core.Cluster;

public class UrgencyTests
{
    // One worker, 10 ms a run, 1 ms away: what waits there is the backlog less the way out.
    private static TestCluster One(WaitingRule? waiting = WaitingRule.DueBefore)
    {
        TestCluster cluster = new(new() { Policy = "earliest-finish", Exploration = 0, TimeBudget = TimeSpan.Zero, Prediction = new() { Waiting = waiting } });
        return cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
    }

    // Milliseconds until the worker is free.
    private static float Backlog(TestCluster cluster)
    {
        cluster.View.Advance(cluster.Now);
        return cluster.View.Backlog[0] * 1000;
    }

    // Predicted waiting of a request with that deadline, which is not sent.
    private static float Waiting(TestCluster cluster, float deadlineMs)
    {
        Decision decision = cluster.Decide(cluster.Request(deadlineMs: deadlineMs));
        float waiting = cluster.Scheduler.Candidates.Waiting[0] * 1000;
        if (decision.IsPlaced) cluster.Rows.WriteOff(decision.Handle, cluster.Now);
        return waiting;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.2f)]
    [InlineData(30)]
    public void A_request_waits_for_what_is_due_before_it_and_for_what_is_left_of_the_run_under_way(float scale)
    {
        TestCluster cluster = new(
            new() { Policy = "earliest-finish", Exploration = 0, TimeBudget = TimeSpan.Zero, Prediction = new() { Waiting = WaitingRule.DueBefore } });
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10 * scale));
        Decide(200, 1); // the view learns how long deadlines are here, and its bands follow
        cluster.After(1000 * scale);
        cluster.Hear("w");
        for (int i = 0; i < 4; i++) cluster.Decide(cluster.Request(deadlineMs: 90 * scale));
        for (int i = 0; i < 4; i++) cluster.Decide(cluster.Request(deadlineMs: 250 * scale));

        float backlog = Backlog(cluster);
        Assert.InRange(backlog, 70 * scale, 80 * scale);
        Assert.Equal(Math.Max(0, (10 * scale) - 1), Waiting(cluster, 40 * scale), 0.2f * scale);
        Assert.Equal((backlog / 2) - 1, Waiting(cluster, 160 * scale), 0.2f * scale);
        Assert.Equal(backlog - 1, Waiting(cluster, 400 * scale), 0.2f * scale);

        void Decide(float deadlineMs, int count)
        {
            for (int i = 0; i < count; i++) cluster.Rows.WriteOff(cluster.Decide(cluster.Request(deadlineMs: deadlineMs * scale)).Handle, cluster.Now);
        }
    }

    [Fact]
    public void Rules_without_a_price_see_all_that_is_under_way_and_the_price_rule_what_is_due_before()
    {
        Assert.All(PolicyCatalogue.Rules, registration =>
            Assert.Equal(
                registration.Name == PolicyNames.Price ? WaitingRule.DueBefore : WaitingRule.Everything,
                PolicyCatalogue.Create(registration.Name, new PriceParameters()).Waiting));
        TestCluster everything = One(waiting: null);
        for (int i = 0; i < 6; i++) everything.Decide(everything.Request(deadlineMs: 400));
        Assert.Equal(Backlog(everything) - 1, Waiting(everything, 100), 1e-3f);
    }

    [Fact]
    public void What_has_ended_is_waited_for_no_more_and_a_withdrawn_worker_leaves_nothing_behind()
    {
        TestCluster cluster = One();
        Decision[] urgent = [.. Enumerable.Range(0, 3).Select(_ => cluster.Decide(cluster.Request(deadlineMs: 60)))];
        for (int i = 0; i < 3; i++) cluster.Decide(cluster.Request(deadlineMs: 300));
        float all = Waiting(cluster, 200);
        foreach (Decision decision in urgent) cluster.Rows.WriteOff(decision.Handle, cluster.Now);
        Assert.True(all > 2 * Waiting(cluster, 200), "half of the work was due before, now none is");

        cluster.View.Withdraw("w", cluster.Now);
        cluster.Worker("w", "edge", 2, InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Equal(0, Waiting(cluster, 200));
    }

    [Fact]
    public void Work_of_others_is_taken_to_be_due_as_our_own_is_and_all_of_it_before_where_we_have_none()
    {
        TestCluster cluster = One();
        cluster.View.SetPartitionShare(0.5f);
        cluster.View.PeerReported("other", 1, 1, cluster.Now, 0.5f, [new("w", 1, "cpu", 0.06, 0)], cluster.Now);
        Assert.Equal(Backlog(cluster) - 1, Waiting(cluster, 100), 0.1f);
        cluster.Decide(cluster.Request(deadlineMs: 400));
        Assert.InRange(Waiting(cluster, 100), 8.9f, 9.1f); // a run of 10 ms, less the way
    }

    [Fact]
    public void A_run_under_way_lasts_as_long_as_it_takes_and_not_as_long_as_most_runs_do_there()
    {
        TestCluster cluster = new(
            new() { Policy = "earliest-finish", Exploration = 0, TimeBudget = TimeSpan.Zero, Prediction = new() { Waiting = WaitingRule.DueBefore } });
        cluster.Worker("w", "edge", TestCluster.Variant("quick", "t", 0.9f, 2), TestCluster.Variant("long", "long", 0.9f, 40));
        for (int i = 0; i < 100; i++)
        {
            Decision quick = cluster.Decide(cluster.Request());
            cluster.After(4);
            cluster.Answer(quick, 2);
        }

        Decision decision = cluster.Decide(cluster.Request("long", deadlineMs: 600));
        Assert.Equal(39, Waiting(cluster, 100), 0.5f); // less the way, on which it goes on
        cluster.After(1 + 15);
        Assert.Equal(24, Waiting(cluster, 100), 0.5f);
        cluster.After(20);
        Assert.Equal(4, Waiting(cluster, 100), 0.5f); // the time that has passed counts beyond what most runs take, too
        cluster.After(5);
        cluster.Answer(decision, 40);
        Assert.Equal(0, Waiting(cluster, 100));
    }

    [Fact]
    public void A_batch_under_way_lasts_as_long_as_all_of_it_does()
    {
        TestCluster cluster = new(
            new() { Policy = "earliest-finish", Exploration = 0, TimeBudget = TimeSpan.Zero, Prediction = new() { Waiting = WaitingRule.DueBefore } });
        cluster.Worker("w", "edge", new VariantDescription
        {
            Name = "m", Task = "t", Accuracy = 0.9f, Services = new Dictionary<string, ServiceTable> { ["cpu"] = new([1, 8], [0.02f, 0.04f], 8) },
        });
        for (int round = 0; round < 30; round++)
        {
            Decision[] batch = Eight();
            cluster.After(45);
            foreach (Decision decision in batch) cluster.Rows.Answered(decision.Handle, AnswerKind.Served, new(0.04f, 8, 1, float.NaN, -1), cluster.Now);
        }

        Eight();
        float begun = Backlog(cluster);
        Assert.InRange(begun, 38, 48);
        Assert.InRange(Waiting(cluster, 20), 36, begun); // it is due before all of them, but they run
        cluster.After(31);
        Assert.Equal(begun - 30, Backlog(cluster), 1f); // and is not as good as new after an eighth of that

        Decision[] Eight() => [.. Enumerable.Range(0, 8).Select(_ => cluster.Decide(cluster.Request(deadlineMs: 300)))];
    }

    [Fact]
    public void It_is_what_a_worker_does_with_the_same_requests()
    {
        // A queue as workers have it, drained by one processor, against the prediction for a request that comes last; 200 mixes of work, seeds of the test.
        RandomStream random = new(17);
        double error = 0, errorOfEverything = 0;
        for (int mix = 0; mix < 200; mix++)
        {
            TestCluster cluster = One();
            cluster.Rows.WriteOff(cluster.Decide(cluster.Request(deadlineMs: 100)).Handle, cluster.Now);
            WorkQueue<int> queue = new();
            queue.SetTable(0, new ServiceTable(0.01f), 0);
            int waiting = 2 + random.NextInt32(8);
            for (int i = 0; i <= waiting; i++)
            {
                float deadline = 150 + (250 * random.NextSingle());
                cluster.Decide(cluster.Request(deadlineMs: deadline));

                // The first one runs already.
                if (i > 0) queue.Add(0, new Waiting<int>(i, cluster.Now + (long)(deadline * 1000)));
            }

            float mine = 150 + (250 * random.NextSingle()), predicted = Waiting(cluster, mine) + 1, everything = Backlog(cluster);
            queue.Add(0, new Waiting<int>(-1, cluster.Now + (long)(mine * 1000)));
            double waits = 5; // of the run under way, on the mean
            Waiting<int>[] batch = new Waiting<int>[1];
            while (queue.TryTakeBatch(cluster.Now, batch, out _) > 0 && batch[0].Item >= 0) waits += 10;
            error += Math.Abs(predicted - waits) / 200;
            errorOfEverything += Math.Abs(everything - waits) / 200;
        }

        Assert.True(error < 0.4 * errorOfEverything, $"mean error {error:0.0} ms, of everything that waits {errorOfEverything:0.0} ms");
    }

    [Fact]
    public void One_long_run_under_way_is_no_scarcity_and_a_second_one_is()
    {
        TestCluster cluster = new(new() { Exploration = 0, TimeBudget = TimeSpan.Zero });
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 50));
        Assert.True(cluster.Decide(cluster.Request(deadlineMs: 1000)).IsPlaced);
        cluster.View.Advance(cluster.Now);
        Assert.Equal(0, cluster.View.CapacityPrice[0]);
        Assert.True(cluster.Decide(cluster.Request(deadlineMs: 1000)).IsPlaced);
        cluster.View.Advance(cluster.Now);
        Assert.True(cluster.View.CapacityPrice[0] > 0);
    }
}
