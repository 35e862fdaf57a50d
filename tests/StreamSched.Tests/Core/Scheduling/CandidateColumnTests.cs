using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Tests.Core.Scheduling;

public sealed class CandidateColumnTests
{
    /// <summary>Whether eight candidates have processors that follow one another, or workers came and went so that they do not: each sees what is kept of its
    /// own processor.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(9, true)]
    public void Every_candidate_sees_its_own_processor(int variants, bool churn)
    {
        TestCluster cluster = new(new() { Policy = "random", Exploration = 0, Seed = 5 });
        VariantDescription[] held =
            [.. Enumerable.Range(0, variants).Select(v => TestCluster.Variant($"m{v}", "t", 0.9f, 3 + v)), TestCluster.Variant("other", "u", 0.9f, 2)];
        for (int w = 0; w < 21; w++) cluster.Worker($"w{w}", $"site-{w % 3}", held);
        if (churn)
        {
            foreach (int w in new[] { 2, 11, 5 }) cluster.View.Withdraw($"w{w}", cluster.Now);
            foreach (int w in new[] { 30, 31 }) cluster.Worker($"w{w}", "site-1", held);
        }

        for (int i = 0; i < 200; i++) cluster.Decide(cluster.Request(deadlineMs: 3000)); // backlogs that differ
        cluster.Decide(cluster.Request(deadlineMs: 3000));
        cluster.View.Advance(cluster.Now);
        float[] before = [.. cluster.View.Backlog];
        Assert.True(before.Where(float.IsFinite).Distinct().Count() > 5);
        Decision last = cluster.Decide(cluster.Request(deadlineMs: 3000));
        Candidates c = cluster.Scheduler.Candidates;
        Assert.True(last.IsPlaced);
        Assert.Equal((churn ? 20 : 21) * variants, c.Count);
        Assert.Equal(c.Count, c.Placement[..c.Count].ToArray().Distinct().Count());
        for (int i = 0; i < c.Count; i++)
        {
            Assert.Equal(c.Processor[i], cluster.View.ProcessorOf(c.Placement[i]));
            Assert.Equal(Math.Max(0, before[c.Processor[i]] - c.NetworkOut[i]), c.Waiting[i], 1e-6f);
        }
    }

    [Fact]
    public void The_next_best_are_those_that_sorting_finds()
    {
        TestCluster cluster = new(new() { Policy = "random", Exploration = 0 });
        for (int w = 0; w < 45; w++) cluster.Worker($"w{w}", "edge", TestCluster.Variant("m", "t", 0.5f + (0.01f * (w % 40)), 1));
        RandomStream random = RandomStream.For(3, "scores");
        Span<int> next = stackalloc int[4];
        for (int round = 0; round < 200; round++)
        {
            cluster.Decide(cluster.Request(minAccuracy: 0.5f + (0.45f * random.NextSingle())));
            Candidates c = cluster.Scheduler.Candidates;
            for (int i = 0; i < c.Count; i++) c.Score[i] = random.NextInt32(30); // with equals
            int chosen = random.NextInt32(c.Count + 1) - 1;
            int[] expected = [.. Enumerable.Range(0, c.Count).Where(i => c.Mask[i] != 0 && i != chosen).OrderByDescending(i => c.Score[i]).Take(next.Length)];
            int n = Ranking.NextBest(c, chosen, next);
            Assert.Equal(expected, next[..n].ToArray());
        }
    }
}
