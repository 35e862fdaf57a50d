using Microsoft.Extensions.Logging.Abstractions;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Learners;
using StreamSched.Learning.Joins;
using StreamSched.Learning.Online;
using StreamSched.Rollouts;
using StreamSched.Schedulers;

namespace StreamSched.Tests.Learners;

/// <summary>What a learner makes of records and writes to <c>policies</c>, without Kafka.</summary>
public class PolicyLearningTests
{
    private const long Start = 1_700_000_000_000_000, Second = 1_000_000;
    private static readonly LoadedPolicy Shipped = PolicySource.Find("neural", "NAME").File!;
    private readonly MessageDecoder _decoder = new(SchemaCatalogue.Own);
    private readonly List<(string Key, byte[] Value)> _written = [];
    private readonly PolicyLog _log;
    private long _now = Start;
    private int _id;

    public PolicyLearningTests() => _log = new PolicyLog(_decoder);

    [Fact]
    public void Where_nothing_is_published_what_the_schedulers_serve_becomes_the_first_version()
    {
        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        Assert.Null(learning.Load(LoadOf("s", PolicyDigest.Of("price")), _now));
        Assert.Empty(_written); // another policy than this learner's: only accuracies are learned
        Assert.NotNull(learning.Learner);
        Assert.Null(learning.Load(LoadOf("s", Shipped.Digest), _now));
        Assert.Equal(("neural", 1), (_log.Serving!.Name, _log.Serving.Version));
        Assert.Equal(Shipped.Digest.ToArray(), _log.Serving.Digest);
        Assert.NotNull(learning.Learner);
        int written = _written.Count;
        learning.Load(LoadOf("s", Shipped.Digest), _now);
        Assert.Equal(written, _written.Count);
    }

    [Fact]
    public void L2_labels_in_experience_become_estimates_by_site_and_a_successor_goes_on_from_them()
    {
        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        Assert.Null(learning.Worker("edge-1", Registration().ToFramed()));
        learning.Load(LoadOf("s", Shipped.Digest), _now);
        learning.Advance(_now);
        ExperienceWriter writer = Writer(learning);
        JoinedPartition partition = new(0, new JoinSettings(), writer, new MessageBuffers(1 << 20), _decoder, 1);
        for (int i = 0; i < 120; i++) Serve(partition, label: i % 4 == 0 ? 3 : 5);
        learning.Advance(_now + (2 * Second));
        VariantAccuracy edge = _log.Accuracies!.Estimates.Single(e => e is { Site: "edge", Origin: "yard" });
        Assert.Equal(("t", "v"), (edge.Task, edge.Variant));
        Assert.InRange(edge.Mean, 0.15f, 0.4f);
        Assert.InRange(edge.Labels, 100, 120); // once each, though each label came twice

        PolicyLearning successor = Learning("learner-2");
        foreach ((string key, byte[] value) in _written.ToArray()) Assert.Null(successor.Policy(key, value, _now));
        successor.Worker("edge-1", Registration().ToFramed());
        successor.CaughtUp(_now);
        Assert.NotNull(successor.Learner);
        _written.Clear();
        successor.Advance(_now);
        for (int i = 0; i < 4; i++) successor.Learner!.Label(new LabelledAnswer(new("t", "v", "edge", "yard"), 0.9f, false, (ulong)i), _now);
        successor.Advance(_now + (5 * Second));
        Assert.True(_log.Accuracies!.Estimates.Single(e => e is { Site: "edge", Origin: "yard" }).Mean < 0.45f);
    }

    [Fact]
    public void A_persons_word_is_gone_on_from_even_where_it_crossed_a_step()
    {
        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        learning.Load(LoadOf("s", Shipped.Digest), _now);
        RolloutWord word = RolloutWord.Of(_log, r => { r.Freeze("a person", _now); return null; }, "maintenance", out string? problem)!;
        Assert.Null(problem);
        Assert.EndsWith(": maintenance", word.Steps[0].Reason, StringComparison.Ordinal);

        // Two learners' worth of bad luck: a step of ours has the same number already.
        RolloutStep crossed = word.Steps[0];
        crossed.Sequence = 1;
        Assert.Null(learning.Policy(PolicyRecords.Rollout, crossed.ToFramed(), _now));
        Assert.True(learning.Learner!.Rollout.Frozen);
        Assert.Equal((2L, true, "a person"), (_log.Rollout!.Sequence, _log.Rollout.Frozen, _log.Rollout.By)); // said again, as the last word
        Assert.StartsWith("frozen", learning.Learner.Propose(Shipped.Bytes.ToArray(), _now), StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_and_forged_records_are_named_and_change_nothing()
    {
        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        learning.Load(LoadOf("s", Shipped.Digest), _now);
        int written = _written.Count;
        Assert.NotNull(learning.Policy(PolicyRecords.Rollout, [1, 2, 3], _now));
        Assert.NotNull(learning.Load([1, 2, 3], _now));
        Assert.NotNull(learning.Worker("w", [1, 2, 3]));
        RolloutStep forged = new()
        {
            Sequence = 50, State = RolloutState.Active, Champion = new PolicyReference { Name = "neural", Version = 9 }, By = "somebody",
        };
        Assert.Contains("not in the log", learning.Policy(PolicyRecords.Rollout, forged.ToFramed(), _now), StringComparison.Ordinal);
        Assert.Equal((1, written), (learning.Learner!.Rollout.Champion.Version, _written.Count));
    }

    [Fact]
    public void A_word_without_a_policy_or_a_former_one_says_why_it_cannot_be()
    {
        Assert.Null(RolloutWord.Of(_log, r => r.RollBack("x", 1), "", out string? problem));
        Assert.Contains("no policy is published", problem, StringComparison.Ordinal);
        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        learning.Load(LoadOf("s", Shipped.Digest), _now);
        Assert.Null(RolloutWord.Of(_log, r => r.RollBack("x", _now), "", out problem));
        Assert.Contains("no former policy", problem, StringComparison.Ordinal);
        Assert.Null(RolloutWord.Of(_log, r => r.Promote("x", _now), "", out problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void Who_follows_is_counted_and_who_does_not_for_half_a_minute_is_told_of_once()
    {
        Followers followers = new();
        Assert.False(followers.Heard("s1", follows: true, _now));
        List<long> told = [];
        for (int i = 0; i < 120; i++, _now += Second)
        {
            followers.Heard("s1", follows: true, _now);
            if (followers.Heard("s2", follows: i is < 20 or > 100, _now)) told.Add(i);
        }

        Assert.Equal([50], told);
        Assert.Equal((2, 0), (followers.Count(true, _now), followers.Count(false, _now)));
        Assert.Equal(0, followers.Count(true, _now + (20 * Second))); // silent

        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        learning.Load(LoadOf("s1", Shipped.Digest), _now);
        learning.Load(LoadOf("s2", PolicyDigest.Of("price")), _now);
        learning.Advance(_now);
        Assert.Equal((1, 1), learning.Schedulers);
    }

    [Fact]
    public void A_step_says_which_decisions_it_rests_on()
    {
        PolicyLearning learning = Learning("learner-1");
        learning.CaughtUp(_now);
        learning.Load(LoadOf("s", Shipped.Digest), _now);
        Step(); // into force
        foreach ((int partition, long offset) in (ReadOnlySpan<(int, long)>)[(1, 40), (0, 7), (1, 45), (0, 9)]) learning.Read(partition, offset);
        Assert.Equal([(0, 7L, 10L), (1, 40L, 46L)], Step());
        learning.Read(1, 46);
        Assert.Equal([(0, 7L, 10L), (1, 40L, 47L)], Step()); // the same state goes on

        (int, long, long)[] Step()
        {
            _now += Second;
            if (learning.Learner!.Rollout.Frozen) learning.Learner.Rollout.Unfreeze("a person", _now);
            else learning.Learner.Rollout.Freeze("a person", _now);
            return [.. _log.Rollout!.RestsOn.Select(r => (r.Partition, r.From, r.To))];
        }
    }

    [Fact]
    public void A_join_with_holes_proposes_nothing_until_it_is_whole_again()
    {
        JoinRate rate = new();
        Assert.Null(rate.Problem(1000, 0));
        Assert.Contains("less than 99 %", rate.Problem(1900, 100), StringComparison.Ordinal);
        long joined = 1900;
        for (int i = 0; i < 7; i++) rate.Problem(joined += 1000, 100);
        Assert.Null(rate.Problem(joined + 1000, 100));
    }

    [Theory]
    [InlineData("lin-ucb", 14)]
    [InlineData("neural-ucb", 14)]
    [InlineData("ecsrl", 18)]
    [InlineData("tan", 12)]
    [InlineData("aset", 126)]
    public void X3_other_policies_learn_on_from_what_decisions_tell_that_they_saw(string name, int features)
    {
        PolicySource source = PolicySource.Find(name, "NAME");
        PolicyLearning learning = Learning("learner-1", new LearnerRoleSettings
        {
            Id = "learner-1", Policy = source.File, BuiltIn = source.File is null ? name : null,
            Learning = new LiveLearnerSettings { OnTime = new OnTimeLearnerSettings { Period = TimeSpan.FromSeconds(1), LeastOutcomes = 100 } },
        });
        learning.CaughtUp(_now);
        Assert.Null(learning.Load(LoadOf("s", source.File?.Digest ?? PolicyDigest.Of(name)), _now));
        Assert.Equal((name, 1), (_log.Serving!.Name, _log.Serving.Version)); // with or without a file
        Assert.True(learning.Learner is { Learns: true });
        JoinedPartition partition = new(0, new JoinSettings(), Writer(learning), new MessageBuffers(1 << 20), _decoder, 1);
        int layout = PolicyCatalogue.Find(name)!.FeatureLayout;
        for (int i = 0; i < 30_000 && learning.Learner.LatestScore is null; i++)
        {
            learning.Advance(_now);
            Serve(partition, label: 3, name, layout, [.. Enumerable.Range(0, features).Select(f => f == 0 ? 1f : (f + i) % 3 > 0 ? 1f : 0)]);
        }

        Assert.True(learning.Learner.LatestScore is { Count: > 0 }, "nothing was learned from");
    }

    private PolicyLearning Learning(string id, LearnerRoleSettings? settings = null) => new(
        settings ?? new LearnerRoleSettings { Id = id, Policy = Shipped }, _decoder,
        (key, value) =>
        {
            _written.Add((key, value));
            Assert.Null(_log.Take(key, value));
        },
        NullLogger.Instance);

    private static ExperienceWriter Writer(PolicyLearning learning) =>
        new(new ValueWeights(), new MessageBuffers(1 << 20), new KeptRecords(1 << 20), (_, _) => { }, learning);

    private void Serve(JoinedPartition partition, int label, string policy = "neural", int layout = 0, params float[] features)
    {
        _now += Second / 100;
        Guid id = new(_id++, 0, 0, new byte[8]);
        SchedulingDecision decision = new()
        {
            Id = id, Device = "d", At = _now, Task = "t", Deadline = _now + Second, Weight = 1, Attempt = 1, Scheduler = "s", Policy = policy,
            FeatureLayout = layout, Features = features,
            Worker = "edge-1", Processor = "cpu", Variant = "v", Propensity = 1, Candidates = 1, Feasible = 1, Window = -1,
        };
        InferenceResult result = new()
        {
            Id = id, Device = "d", Site = "yard", Status = ResultStatus.Ok, Scheduler = "s", Worker = "edge-1", Processor = "cpu", Variant = "v", Attempt = 1,
            Created = _now, Deadline = _now + Second, Finished = _now + 10_000, ServiceMicros = 10_000, Batch = 1, Accuracy = 0.9f,
            Output = new InferenceOutput { Label = 3 },
        };
        Assert.Null(partition.Decision(decision.ToFramed(), _id, _now));
        Assert.Null(partition.Result(result.ToFramed(), _id, _now));
        byte[] feedback = new Feedback { Id = id, Device = "d", Label = label }.ToFramed();
        Assert.Null(partition.Feedback(feedback, 2 * _id, _now));
        Assert.Null(partition.Feedback(new Feedback { Id = id, Device = "d", Label = label, Rating = 0.5 }.ToFramed(), (2 * _id) + 1, _now));
    }

    private static byte[] LoadOf(string scheduler, ReadOnlyMemory<byte> digest) => new SchedulerLoad
    {
        Scheduler = scheduler, Incarnation = 1, Sequence = 1, At = Start, Policy = "neural", Digest = digest[..PolicyDigest.ShortLength].ToArray(),
    }.ToFramed();

    private static WorkerRegistration Registration() => new()
    {
        Worker = "edge-1", Incarnation = 1, Site = "edge", Processors = [new ProcessorRegistration { Id = "cpu" }],
        Variants = [new VariantRegistration { Name = "v", Task = "t", Accuracy = 0.9f }],
    };
}
