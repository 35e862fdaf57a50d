using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Tests.Core.Scheduling;

/// <summary>X7: one seam; what holds for every registered policy.</summary>
public class PolicyContractTests
{
    public static TheoryData<string> Policies => new(PolicyCatalogue.Rules.Select(r => r.Name));

    private static TestCluster With(string policy, float exploration = 0, ulong seed = 1) =>
        new(new SchedulerSettings { Policy = policy, Exploration = exploration, Seed = seed, TimeBudget = TimeSpan.Zero });

    private static TestCluster Mixed(string policy, float exploration = 0, ulong seed = 1) => With(policy, exploration, seed)
        .Worker("near", "edge", TestCluster.Variant("s", "t", 0.7f, 8), TestCluster.Variant("other", "u", 0.9f, 8))
        .Worker("nearer", "edge", TestCluster.Variant("s", "t", 0.75f, 20))
        .Worker("far", "cloud", TestCluster.Variant("l", "t", 0.95f, 5), TestCluster.Variant("huge", "t", 0.99f, 5, memory: 5000));

    [Theory, MemberData(nameof(Policies))]
    public void Without_a_candidate_it_is_not_asked_and_the_reason_says_why(string policy)
    {
        TestCluster cluster = With(policy);
        Assert.Equal(RejectReason.NoWorker, cluster.Decide(cluster.Request()).Reason);
        cluster.Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.Equal(RejectReason.Accuracy, cluster.Decide(cluster.Request(minAccuracy: 0.95f)).Reason);
        Assert.Equal(RejectReason.Deadline, cluster.Decide(cluster.Request(deadlineMs: 5)).Reason);
        cluster.Worker("w", "edge", 2, StreamSched.Core.Cluster.InterferenceTable.None, TestCluster.Variant("m", "t", 0.9f, 10, memory: 2000));
        Assert.Equal(RejectReason.Memory, cluster.Decide(cluster.Request()).Reason);
    }

    [Theory, MemberData(nameof(Policies))]
    public void One_idle_candidate_is_taken(string policy)
    {
        TestCluster cluster = With(policy).Worker("w", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Decision decision = cluster.Decide(cluster.Request());
        Assert.Equal("w", cluster.Where(decision));
        Assert.Equal(1, decision.Propensity, 4);
    }

    [Theory, MemberData(nameof(Policies))]
    public void When_all_are_overloaded_the_request_is_rejected_not_queued(string policy)
    {
        TestCluster cluster = Mixed(policy);
        Decision decision = default;
        for (int i = 0; i < 200; i++) decision = cluster.Decide(cluster.Request());
        Assert.False(decision.IsPlaced);
        Assert.Contains(decision.Reason, new[] { RejectReason.Deadline, RejectReason.NotWorth });
    }

    [Theory, MemberData(nameof(Policies))]
    public void A2_no_infeasible_candidate_is_ever_chosen(string policy)
    {
        TestCluster cluster = Mixed(policy, exploration: 0.2f);
        RandomStream random = new(11);
        int placed = 0;
        for (int i = 0; i < 5_000; i++)
        {
            cluster.After(random.NextExponential() * 3);
            cluster.Hear("near", "nearer", "far");
            Request request = cluster.Request(deadlineMs: 5 + (100 * random.NextSingle()), minAccuracy: random.NextSingle(), site: i % 2 == 0 ? "edge" : "");
            Decision decision = cluster.Decide(request);
            if (!decision.IsPlaced) continue;
            placed++;
            Assert.NotEqual(0, cluster.Scheduler.Candidates.Mask[decision.Candidate]);
            Assert.True(cluster.View.VariantOf(decision.Placement).Accuracy >= request.MinAccuracy);
            Assert.True(cluster.View.VariantOf(decision.Placement).MemoryBytes <= 1000);
            Assert.InRange(decision.Propensity, 1e-9f, 1.0001f);
            if (random.NextSingle() < 0.9f) cluster.Answer(decision, 10);
            else cluster.Rows.WriteOff(decision.Handle, cluster.Now);
        }

        Assert.True(placed > 500, $"only {placed} placed");
    }

    [Theory, MemberData(nameof(Policies))]
    public void The_same_seed_makes_the_same_choices(string policy)
    {
        Assert.Equal(Run(7), Run(7));

        List<(int, float)> Run(ulong seed)
        {
            TestCluster cluster = Mixed(policy, exploration: 0.3f, seed);
            List<(int, float)> choices = [];
            for (int i = 0; i < 300; i++)
            {
                cluster.After(4);
                cluster.Hear("near", "nearer", "far");
                Decision decision = cluster.Decide(cluster.Request());
                choices.Add((decision.Placement, decision.Propensity));
                if (decision.IsPlaced) cluster.Answer(decision, 8);
            }

            return choices;
        }
    }

    [Theory, MemberData(nameof(Policies))]
    public void Equal_candidates_are_told_apart_without_fault(string policy)
    {
        TestCluster cluster = With(policy);
        for (int i = 0; i < 9; i++) cluster.Worker($"w{i}", "edge", TestCluster.Variant("m", "t", 0.9f, 10));
        Assert.True(cluster.Decide(cluster.Request()).IsPlaced);
    }

    [Theory, MemberData(nameof(Policies))]
    public void A_decision_allocates_nothing(string policy)
    {
        TestCluster cluster = With(policy, exploration: 0.01f);
        cluster.AssertAllocatesNothing(decisions: 2_000);
    }
}
