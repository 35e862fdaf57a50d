using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Rules;
using StreamSched.Core.Prediction;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>Statements of Prequal's paper (Wydrowski and others, NSDI 2024), and what had to be decided for workers that are unlike each other.</summary>
public class PrequalPolicyTests
{
    private readonly PrequalPolicy _policy = new();

    private ProbePool Pool => _policy.PoolOf(0);

    [Fact]
    public void A_hot_probe_is_never_chosen_while_a_cold_one_exists_and_of_the_cold_the_quickest_is()
    {
        (int cold, int hot, int random) = (0, 0, 0);
        Play(workers: 24, requests: 6_000, gapMs: 0.8, (cluster, before, decision) =>
        {
            Candidates c = cluster.Scheduler.Candidates;
            List<(Seen Probe, int Candidate)> usable = [.. before.Select(p => (p, Quickest(c, p.Processor))).Where(p => p.Item2 >= 0)];
            int processor = c.Processor[decision.Candidate];
            Assert.Equal(Quickest(c, processor), decision.Candidate);
            if (usable.Count < Math.Min(ProbePool.Fewest, Feasible(c)))
            {
                random++;
                return;
            }

            (Seen chosen, int at) = usable.Single(p => p.Probe.Processor == processor);
            if (usable.Exists(p => !p.Probe.IsHot))
            {
                cold++;
                Assert.False(chosen.IsHot);
                Assert.Equal(usable.Where(p => !p.Probe.IsHot).Min(p => Latency(c, p.Probe, p.Candidate)), Latency(c, chosen, at), 5);
            }
            else
            {
                hot++;
                Assert.Equal(usable.Min(p => p.Probe.InFlight), chosen.InFlight);
            }
        });
        Assert.True(cold > 3_000 && hot > 10 && random > 0, $"{cold} cold, {hot} hot, {random} at random");
    }

    [Theory]
    [InlineData(20, 1.2)]
    [InlineData(100, 3)]
    [InlineData(100, 400)]
    public void A_probe_is_used_no_more_often_than_the_formula_says_and_never_when_it_is_older_than_a_second(int workers, double gapMs)
    {
        Dictionary<(int Processor, long At), int> uses = [];
        int most = 0, older = 0;
        Play(workers, requests: 3_000, gapMs, (cluster, before, decision) =>
        {
            Candidates c = cluster.Scheduler.Candidates;
            if (decision.Propensity < 1) return; // at random
            if (before.Find(p => p.Processor == c.Processor[decision.Candidate]) is not { } probe)
            {
                Assert.Equal(1, Feasible(c)); // nothing to draw among
                return;
            }

            Assert.InRange(cluster.Now - probe.At, 0, ProbePool.MaxAge);
            most = Math.Max(most, uses[(probe.Processor, probe.At)] = uses.GetValueOrDefault((probe.Processor, probe.At)) + 1);
            if (cluster.Now - probe.At > ProbePool.MaxAge / 2) older++;
        });
        Assert.InRange(most, 1, (int)MathF.Ceiling(ProbePool.Reuse(workers)));
        Assert.True(uses.Count > 500, $"{uses.Count} probes were used");
        Assert.True(gapMs < 400 || older > 50, $"{older} probes were used in the second half of their time");
    }

    [Theory]
    [InlineData(1_000_000, 1.0f)] // (1 + 1) / (3 - 1)
    [InlineData(100, 1.3158f)] // (1 + 1) / ((1 - 16 / 100) · 3 - 1)
    [InlineData(32, 4)]
    [InlineData(8, 4)] // a pool of four
    [InlineData(2, 16)] // both are in the pool whatever is done
    public void How_often_a_probe_is_used_follows_from_the_rates_at_which_the_pool_fills_and_empties(int processors, float uses) =>
        Assert.Equal(uses, ProbePool.Reuse(processors), 3);

    [Fact]
    public void The_pool_holds_at_most_sixteen_probes_or_half_of_the_processors_and_one_of_each()
    {
        foreach ((int workers, int capacity) in ((int, int)[])[(100, 16), (10, 5), (3, 2)])
        {
            PrequalPolicy policy = new();
            int most = 0;
            Play(policy, workers, requests: 500, gapMs: 3, (cluster, _, _) =>
            {
                int[] probed = [.. policy.PoolOf(0).Probes.ToArray().Select(p => p.Processor)];
                Assert.Equal(probed.Length, probed.Distinct().Count());
                most = Math.Max(most, probed.Length);
            });
            Assert.Equal(capacity, most);
        }
    }

    [Fact]
    public void Probes_are_taken_out_in_turn_as_the_oldest_and_as_the_worst()
    {
        TestCluster cluster = With(workers: 6);
        ProbePool pool = new();

        // Ten that have found nothing make two in flight a lot.
        for (int i = 0; i < 10; i++) pool.Add(Probe(cluster, 0, inFlight: 0, latency: 0.01f), ProbePool.Capacity);
        pool.Add(Probe(cluster, 1, inFlight: 0, latency: 0.09f), ProbePool.Capacity);
        pool.Add(Probe(cluster, 2, inFlight: 2, latency: 0.02f), ProbePool.Capacity);
        pool.Add(Probe(cluster, 3, inFlight: 0, latency: 0.03f), ProbePool.Capacity);
        pool.Add(Probe(cluster, 4, inFlight: 0, latency: 0.04f), ProbePool.Capacity);
        Assert.Equal([0, 1, 2, 3, 4], Left());
        pool.RemoveOne();
        Assert.Equal([1, 2, 3, 4], Left()); // the oldest
        pool.RemoveOne();
        Assert.Equal([1, 3, 4], Left()); // the hot one, though it is not the slowest
        pool.RemoveOne();
        Assert.Equal([3, 4], Left());
        pool.RemoveOne();
        Assert.Equal([3], Left()); // the slowest, since none is hot

        IEnumerable<int> Left() => pool.Probes.ToArray().Select(p => p.Processor);
    }

    [Fact]
    public void What_was_sent_since_counts_in_the_probe()
    {
        TestCluster cluster = With(workers: 8);
        cluster.Decide(cluster.Request());
        for (int i = 0; i < 50; i++)
        {
            cluster.After(5);
            cluster.Hear([.. cluster.View.Workers.Keys]);
            float[] inFlight = new float[8];
            foreach (Probe probe in Pool.Probes) inFlight[probe.Processor] = probe.InFlight;
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 2_000));
            int processor = cluster.View.ProcessorOf(decision.Placement);
            foreach (Probe probe in Pool.Probes)
            {
                // One more than it said, or a new look, which the request is part of.
                if (probe.Processor != processor) continue;
                Assert.Equal(probe.At == cluster.Now ? UnderWay(cluster, processor) : inFlight[processor] + 1, probe.InFlight);
            }
        }
    }

    [Fact]
    public void With_fewer_than_two_probes_it_draws_among_all_that_are_feasible()
    {
        TestCluster cluster = With(workers: 8);
        Assert.Equal(1 / 8f, cluster.Decide(cluster.Request()).Propensity, 5);
        Assert.Equal(1, cluster.Decide(cluster.Request()).Propensity);

        // After a second of silence nothing of the pool is believed.
        cluster.After(1_001);
        cluster.Hear([.. cluster.View.Workers.Keys]);
        Assert.Equal(1 / 8f, cluster.Decide(cluster.Request()).Propensity, 5);
    }

    [Fact]
    public void A_probe_of_a_worker_that_is_gone_says_nothing_about_the_one_that_has_its_row()
    {
        TestCluster cluster = With(workers: 8);
        for (int i = 0; i < 5; i++) cluster.Decide(cluster.Request());
        Assert.InRange(Pool.Count, 2, 4);
        for (int i = 0; i < 8; i++) cluster.View.Withdraw($"w{i}", cluster.Now);
        for (int i = 0; i < 8; i++) cluster.Worker($"v{i}", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Equal(8, cluster.View.ProcessorCount); // the same rows
        Assert.Equal(1 / 8f, cluster.Decide(cluster.Request()).Propensity, 5);
        Assert.All(Pool.Probes.ToArray(), p => Assert.StartsWith("v", p.Worker.Description.Id, StringComparison.Ordinal));
    }

    // Two models and two sites, workers of three speeds; some requests want the better model, so that part of the pool is of no use to them.
    private void Play(int workers, int requests, double gapMs, Action<TestCluster, List<Seen>, Decision> look) =>
        Play(_policy, workers, requests, gapMs, look);

    private static void Play(PrequalPolicy policy, int workers, int requests, double gapMs, Action<TestCluster, List<Seen>, Decision> look)
    {
        TestCluster cluster = new();
        cluster.Scheduler.Use(policy, 1);
        for (int i = 0; i < workers; i++)
        {
            float speed = 1 + (i % 3);
            VariantDescription small = TestCluster.Variant("s", "t", 0.7f, 8 * speed), large = TestCluster.Variant("l", "t", 0.9f, 16 * speed);
            cluster.Worker($"w{i}", i % 4 == 0 ? "cloud" : "edge", i % 4 == 1 ? [small, large] : [small]);
        }

        RandomStream random = new(5);
        Queue<(double At, Decision Decision)> answers = new();
        double time = 0;
        for (int i = 0; i < requests; i++)
        {
            double gap = gapMs * random.NextExponential();
            time += gap;
            cluster.After(gap);
            cluster.Hear([.. cluster.View.Workers.Keys]);
            while (answers.TryPeek(out (double At, Decision Decision) next) && next.At <= time) cluster.Answer(answers.Dequeue().Decision, 12);
            ProbePool pool = policy.PoolOf(0);
            List<Seen> before = [];
            foreach (Probe probe in pool.Probes)
            {
                if (cluster.Now - probe.At > ProbePool.MaxAge) continue;
                before.Add(new Seen(probe.Processor, probe.At, probe.InFlight, probe.Backlog, pool.IsHot(probe)));
            }

            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 150, minAccuracy: random.NextSingle() < 0.3f ? 0.8f : 0));
            if (!decision.IsPlaced) continue;
            look(cluster, before, decision);
            answers.Enqueue((time + 40, decision));
        }

        Assert.Equal(0, cluster.Scheduler.PolicyFailures);
    }

    private TestCluster With(int workers)
    {
        TestCluster cluster = new();
        cluster.Scheduler.Use(_policy, 1);
        for (int i = 0; i < workers; i++) cluster.Worker($"w{i}", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        return cluster;
    }

    private static int UnderWay(TestCluster cluster, int processor) => cluster.View.WorkerOf(processor)!.Placements.Sum(cluster.View.InFlightOf);

    private static Probe Probe(TestCluster cluster, int processor, float inFlight, float latency) => new()
    {
        Processor = processor, Worker = cluster.View.WorkerOf(processor)!, At = cluster.Now, InFlight = inFlight, Backlog = 0, Latency = latency, UsesLeft = 4,
    };

    private static int Quickest(Candidates c, int processor) => Enumerable.Range(0, c.Count)
        .Where(i => c.Processor[i] == processor && c.Mask[i] != 0).OrderByDescending(i => c.Slack[i]).FirstOrDefault(-1);

    private static int Feasible(Candidates c) => Enumerable.Range(0, c.Count).Where(i => c.Mask[i] != 0).Select(i => c.Processor[i]).Distinct().Count();

    private static float Latency(Candidates c, Seen probe, int i) =>
        c.NetworkOut[i] + c.NetworkBack[i] + Math.Max(0, probe.Backlog - c.NetworkOut[i]) + c.ProcessorTime[i];

    private sealed record Seen(int Processor, long At, float InFlight, float Backlog, bool IsHot);
}
