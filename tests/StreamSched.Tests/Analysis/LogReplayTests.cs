using StreamSched.Analysis.Replays;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Schedulers;
using StreamSched.Tests.Core;
using StreamSched.Tests.Schedulers;

namespace StreamSched.Tests.Analysis;

/// <summary>Decisions as schedulers write them, taken again.</summary>
public class LogReplayTests
{
    [Fact]
    public void X2_a_hundred_thousand_decisions_of_three_versions_and_two_schedulers_are_the_same_bit_for_bit()
    {
        const int Runs = 17, Each = 1000;
        PolicyShelf shelf = new();
        shelf.Add(PolicySource.Find(PolicyNames.Neural, "--policy").File!);
        LogReplay replay = new(shelf, mostShown: 5);
        foreach (string policy in (string[])[PolicyNames.Neural, PolicyNames.Price, PolicyNames.LeastLoaded])
            foreach (string scheduler in (string[])["s1", "s2"])
                for (ulong run = 0; run < Runs; run++) Replay(replay, Decisions(scheduler, policy, Each, run));
        Assert.False(replay.IsMissingVersions);
        Assert.Equal(102_000, replay.Decisions);
        Assert.Equal(["least-loaded", "neural", "price"], [.. replay.Versions.Select(v => v.Policy)]);
        foreach (VersionAgreement version in replay.Versions)
        {
            Assert.Equal((34_000L, 34_000L, 0L), (version.Full, version.Same, version.Differing));
            Assert.Empty(version.Skipped);
        }

        Assert.Empty(replay.Differing);
    }

    [Fact]
    public void A_version_that_nobody_has_is_named()
    {
        LogReplay replay = new(new PolicyShelf(), mostShown: 5);
        foreach (string policy in (string[])[PolicyNames.Neural, PolicyNames.Price]) Replay(replay, Decisions("s1", policy, 40));
        Assert.True(replay.IsMissingVersions);
        Assert.StartsWith("nobody has the version", Assert.Single(replay.Versions.Single(v => v.Policy == "neural").Skipped).Key, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_was_changed_differs_and_is_shown()
    {
        LogReplay replay = new(new PolicyShelf(), mostShown: 2);
        List<SchedulingDecision> decisions = Decisions("s1", PolicyNames.Price, 40);
        foreach (SchedulingDecision decision in decisions.Take(5)) decision.Propensity /= 2;
        decisions[6].Full!.Seed++; // another draw gives another choice, sometimes
        decisions[7].Full!.Layout = 3;
        decisions[8].Full!.Mask = [];
        decisions[9].Digest = null;
        Replay(replay, decisions);
        VersionAgreement version = replay.Versions.Single(v => v.Digest.Length > 0);
        Assert.InRange(version.Differing, 5, 6);
        Assert.Equal(2, replay.Differing.Count);
        ReplayedDecision first = replay.Differing[0];
        Assert.Equal(decisions[0].Id, first.Id);
        Assert.Equal(first.Recorded with { Propensity = 2 * first.Recorded.Propensity }, first.Again);
        Assert.Equal(first.RecordedPlacement, first.OtherPlacement);
        Assert.Equal(decisions[0].Full!.Fields, first.RecordedFeatures.Length);
        Assert.Contains(version.Skipped, s => s.Key.StartsWith("layout 3", StringComparison.Ordinal));
        Assert.Contains(version.Skipped, s => s.Key.Contains("a mask of 0", StringComparison.Ordinal));
        Assert.Single(replay.Versions.Single(v => v.Digest.Length == 0).Skipped);
    }

    [Fact]
    public void A_policy_that_remembers_is_not_taken_again_and_that_is_said()
    {
        LogReplay replay = new(new PolicyShelf(), mostShown: 2);
        Replay(replay, Decisions("s1", PolicyNames.LinUcb, 40));
        VersionAgreement version = Assert.Single(replay.Versions);
        Assert.Equal((40L, 0L), (version.Full, version.Same));
        Assert.Equal("'lin-ucb' remembers or looks at more than records hold", Assert.Single(version.Skipped).Key);
    }

    [Fact]
    public void X2_another_policy_is_held_against_the_log_decision_by_decision()
    {
        RecordedPolicy other = new PolicyShelf().BuiltIn(PolicyNames.Farthest)!, same = new PolicyShelf().BuiltIn(PolicyNames.Price)!;
        LogComparison comparison = new(other, mostShown: 3), itself = new(same, mostShown: 3);
        foreach (SchedulingDecision decision in Decisions("s1", PolicyNames.Price, 200))
        {
            Read(decision, (in SchedulingDecisionView d) => comparison.Take(d));
            Read(decision, (in SchedulingDecisionView d) => itself.Take(d));
        }

        Assert.Equal((0L, 0.0), (itself.Otherwise, itself.Share));
        Assert.InRange(itself.Compared, 40, 200); // in the others nothing was feasible
        Assert.InRange(comparison.Otherwise, 20, itself.Compared);
        Assert.Equal(3, comparison.Shown.Count);
        Assert.Equal(comparison.Otherwise, comparison.Pairs.Sum(p => p.Count));
        Assert.NotEqual(comparison.Shown[0].RecordedPlacement, comparison.Shown[0].OtherPlacement);
    }

    private delegate void Handler(in SchedulingDecisionView decision);

    private static void Replay(LogReplay replay, IEnumerable<SchedulingDecision> decisions)
    {
        foreach (SchedulingDecision decision in decisions) Read(decision, (in SchedulingDecisionView d) => replay.Take(d));
    }

    private static void Read(SchedulingDecision decision, Handler handler)
    {
        byte[] body = new byte[decision.GetEncodedLength()];
        decision.Encode(body);
        Assert.True(SchedulingDecisionView.TryDecode(body, out SchedulingDecisionView view, out var fault), fault.ToString());
        handler(view);
    }

    // All in full, as a dispatcher writes them.
    private static List<SchedulingDecision> Decisions(string id, string policy, int count, ulong run = 0)
    {
        SchedulerSettings settings = PolicySource.Find(policy, "--policy").Into(
            new() { Exploration = 0.2f, TimeBudget = TimeSpan.Zero, RecordsFeatures = true, Seed = (ulong)id[^1] + (run * 256) });
        TestCluster cluster = new(settings);
        for (int w = 0; w < 4; w++)
            cluster.Worker($"w{w}", w % 2 == 0 ? "edge" : "cloud", TestCluster.Variant("m", "t", 0.9f, 10 + w), TestCluster.Variant("n", "t", 0.8f, 4 + w));
        DispatcherTests.Sink sink = new();
        Dispatcher dispatcher = new(new() { SchedulerId = id, FullRecordShare = 1 }, cluster.Scheduler, sink, new MessageDecoder(SchemaCatalogue.Own), 1);
        for (int i = 0; i < count; i++)
        {
            cluster.After(3);
            cluster.Hear("w0", "w1", "w2", "w3");
            InferenceRequest request = new()
            {
                Id = Guid.CreateVersion7(), Device = "cam-1", Task = "t", Site = "edge", Created = cluster.Now, Weight = 1, Encoding = PayloadEncoding.Grey8,
                DeadlineMicros = 40_000 + (i % 7 * 10_000), Payload = [1, 2, 3],
            };
            dispatcher.Request(3, i, cluster.Now, request.ToFramed(), default, cluster.Now);
        }

        return
        [
            .. sink.Decisions.Select(d => SchedulingDecision.TryDecodeFramed(d, out SchedulingDecision? x, out _) ? x : throw new InvalidOperationException()),
        ];
    }
}
