using StreamSched.Core.Cluster;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Tests.Core;

namespace StreamSched.Tests.Learning.Policies;

public class PredictedLatencyPolicyTests
{
    private static TestCluster With(string policy) => new(new SchedulerSettings { Policy = policy, Exploration = 0, TimeBudget = TimeSpan.Zero });

    private static TestCluster Two(string policy) => With(policy)
        .Worker("first", "edge", TestCluster.Variant("m", "t", 0.9f, 10)).Worker("second", "edge", TestCluster.Variant("m", "t", 0.9f, 14));

    // Requests one after another, answered after what they take in truth; workers measure their profile all the same, since what makes them slow is not in it.
    private static double ShareOfFirst(TestCluster cluster, int requests, float firstMs)
    {
        int first = 0;
        for (int i = 0; i < requests; i++)
        {
            cluster.Hear("first", "second");
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 300));
            bool isFirst = cluster.Where(decision) == "first";
            if (isFirst) first++;
            cluster.After(isFirst ? firstMs : 16);
            cluster.Answer(decision, isFirst ? 10 : 14);
        }

        return (double)first / requests;
    }

    [Fact]
    public void Before_any_answer_it_goes_by_the_prediction_as_it_is()
    {
        Assert.Equal(Choices(PolicyNames.EarliestFinish), Choices(PolicyNames.PredictedLatency));

        static List<int> Choices(string policy)
        {
            TestCluster cluster = With(policy);
            RandomStream random = new(9);
            for (int i = 0; i < 20; i++)
                cluster.Worker($"w{i}", i % 3 == 0 ? "cloud" : "edge", TestCluster.Variant("m", "t", 0.9f, 5 + (30 * random.NextSingle())));
            List<int> choices = [];
            for (int i = 0; i < 150; i++)
            {
                cluster.After(3 * random.NextExponential());
                choices.Add(cluster.Decide(cluster.Request(deadlineMs: 400)).Placement);
            }

            return choices;
        }
    }

    [Fact]
    public void When_a_worker_becomes_three_times_slower_for_what_the_view_does_not_know_it_moves_away()
    {
        TestCluster cluster = Two(PolicyNames.PredictedLatency), other = Two(PolicyNames.EarliestFinish);
        Assert.Equal(1, ShareOfFirst(cluster, 100, firstMs: 12));
        Assert.InRange(ShareOfFirst(cluster, 100, firstMs: 36), 0, 0.2);
        Assert.Equal(0, cluster.Scheduler.PolicyFailures);
        ShareOfFirst(other, 100, firstMs: 12);
        Assert.Equal(1, ShareOfFirst(other, 100, firstMs: 36));
    }

    [Fact]
    public void What_made_it_move_away_is_forgotten_when_no_answer_comes_so_that_a_worker_which_recovered_is_found_again()
    {
        TestCluster cluster = Two(PolicyNames.PredictedLatency);
        ShareOfFirst(cluster, 100, firstMs: 12);
        ShareOfFirst(cluster, 300, firstMs: 36);
        ShareOfFirst(cluster, 300, firstMs: 12);
        Assert.InRange(ShareOfFirst(cluster, 300, firstMs: 12), 0.95, 1);
    }

    [Theory]
    [InlineData(AnswerKind.Served, true)]
    [InlineData(AnswerKind.Expired, false)]
    [InlineData(AnswerKind.Failed, false)]
    public void What_expired_or_failed_counts_as_late_however_soon_that_is_known(AnswerKind kind, bool attracts)
    {
        TestCluster cluster = Two(PolicyNames.PredictedLatency);
        ShareOfFirst(cluster, 20, firstMs: 12);
        Decision decision = cluster.Decide(cluster.Request(deadlineMs: 300));
        float before = Latency(cluster);
        cluster.After(3);
        cluster.Rows.Answered(decision.Handle, kind, new Measurement(0.010f, kind == AnswerKind.Expired ? 0 : 1, 1, float.NaN, -1), cluster.Now);
        cluster.Rows.WriteOff(cluster.Decide(cluster.Request(deadlineMs: 300)).Handle, cluster.Now);
        Assert.Equal(attracts, Latency(cluster) < before);

        // Of the first worker, at the last decision.
        static float Latency(TestCluster cluster) => -cluster.Scheduler.Candidates.Score[0];
    }

    [Fact]
    public void A_worker_that_has_anothers_row_begins_without_its_record()
    {
        TestCluster cluster = Two(PolicyNames.PredictedLatency);
        ShareOfFirst(cluster, 100, firstMs: 12);
        ShareOfFirst(cluster, 50, firstMs: 36);
        Decision before = cluster.Decide(cluster.Request());
        Assert.Equal("second", cluster.Where(before));
        cluster.View.Withdraw("first", cluster.Now);
        cluster.Worker("third", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Equal(2, cluster.View.ProcessorCount);
        cluster.Answer(before, 14);
        Assert.Equal("third", cluster.Where(cluster.Decide(cluster.Request())));
    }

    [Fact]
    public void The_regression_goes_by_the_latest_samples()
    {
        RecentRidgeModel recent = new(2, ridge: 0.01, window: 100);
        RidgeModel everything = new(2, ridge: 0.01);
        RandomStream random = new(2);
        for (int i = 0; i < 1_000; i++) Learn(slope: 2);
        Assert.Equal(2, recent.Predict([1, 0]), 0.05);
        for (int i = 0; i < 200; i++) Learn(slope: -1);
        Assert.Equal(-1, recent.Predict([1, 0]), 0.05);
        Assert.True(everything.Predict([1, 0]) > 1);

        void Learn(double slope)
        {
            float[] x = [random.NextSingle(), 1];
            recent.Learn(x, slope * x[0]);
            everything.Learn(x, slope * x[0]);
        }
    }
}
