using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Policies;
using StreamSched.Learners;
using StreamSched.Learning.Joins;
using StreamSched.Schedulers;

namespace StreamSched.Tests.Learners;

public class JoinedPartitionTests
{
    private const long Start = 1_700_000_000_000_000;
    private readonly List<Experience> _written = [];
    private readonly JoinedPartition _partition;
    private int _longest;

    public JoinedPartitionTests()
    {
        MessageBuffers buffers = new(1 << 20);
        ExperienceWriter writer = new(new ValueWeights { Energy = 0.5f }, buffers, new KeptRecords(1 << 20), (_, record) =>
        {
            Assert.True(Experience.TryDecodeFramed(record, out Experience? experience, out var fault), fault.ToString());
            Assert.Null(experience.RangeFault());
            _written.Add(experience);
            _longest = Math.Max(_longest, record.Length);
        }, learner: null);
        _partition = new JoinedPartition(0, new JoinSettings(), writer, buffers, new MessageDecoder(SchemaCatalogue.Own), 1);
    }

    [Fact]
    public void What_the_policy_saw_and_what_came_of_it_stand_in_one_record()
    {
        SchedulingDecision decision = Decision();
        Assert.Null(_partition.Decision(decision.ToFramed(), 4, Start));
        Assert.Null(_partition.Result(Result(decision).ToFramed(), 7, Start));
        Experience joined = Assert.Single(_written);
        Assert.Equal((JoinState.Joined, 4L, 7L, -1L), (joined.JoinState, joined.DecisionOffset, joined.ResultOffset, joined.FeedbackOffset));
        Assert.Equal((decision.Arm, decision.Window, decision.SampleRate, decision.Weight), (joined.Arm, joined.Window, joined.SampleRate, joined.Weight));
        Assert.Equal(decision.Digest, joined.Digest);
        Assert.Equal(decision.Features, joined.Features);
        Assert.Equal(decision.Full!.Features, joined.Full!.Features);
        Assert.Equal((2 * 0.9) - (0.5 * 0.2), joined.Utility, 5);
        Assert.Equal(joined.Utility - 0.25, joined.NetUtility, 5);
    }

    [Fact]
    public void A_word_on_what_was_never_answered_leaves_it_unanswered()
    {
        SchedulingDecision decision = Decision();
        _partition.Decision(decision.ToFramed(), 4, Start);
        _partition.Join.Advance(Start + 60_000_000);
        _partition.Feedback(new Feedback { Id = decision.Id, Device = "d", OnTime = false }.ToFramed(), 9, Start + 60_000_000);
        Assert.Equal([JoinState.Default, JoinState.Revised], _written.Select(w => w.JoinState));
        Assert.All(_written, w => Assert.Equal((null, ExperienceJoin<int>.NoResult, -0.5 * 0.1), (w.Status, w.SkipLearn, Math.Round(w.Utility, 6))));
        Assert.Equal((9L, false), (_written[1].FeedbackOffset, _written[1].OnTimeTold!.Value));
    }

    [Fact]
    public void A_record_that_the_topic_would_not_take_loses_what_makes_it_long()
    {
        SchedulingDecision decision = Decision();
        decision.Full!.Features = new float[260_000];
        _partition.Decision(decision.ToFramed(), 4, Start);
        _partition.Result(Result(decision).ToFramed(), 7, Start);
        Assert.Null(Assert.Single(_written).Full);
        Assert.InRange(_longest, 100, 10_000);
    }

    [Fact]
    public void The_reason_why_nothing_is_to_be_learned_is_told()
    {
        foreach ((Action<InferenceResult> change, string? why) in ((Action<InferenceResult>, string?)[])
        [
            (_ => { }, null), (r => (r.Status, r.Reason) = (ResultStatus.Failed, "shape"), ResultReader.Device),
            (r => (r.Status, r.Reason) = (ResultStatus.Failed, "model"), null), (r => r.CreatedImplausible = true, ResultReader.Clock),
            (r => (r.Status, r.Reason) = (ResultStatus.Expired, "grace"), ResultReader.Unanswered),
            (r => (r.Status, r.Reason) = (ResultStatus.Expired, "late"), null), (r => (r.Status, r.Reason) = (ResultStatus.Rejected, "not-worth"), null),
        ])
        {
            SchedulingDecision decision = Decision();
            InferenceResult result = Result(decision);
            change(result);
            _partition.Decision(decision.ToFramed(), 4, Start);
            _partition.Result(result.ToFramed(), 7, Start);
            Assert.Equal(why, _written[^1].SkipLearn);
        }

        InferenceResult invalid = Result(Decision());
        (invalid.Status, invalid.Reason) = (ResultStatus.Rejected, "invalid: task");
        int written = _written.Count;
        _partition.Result(invalid.ToFramed(), 8, Start);
        Assert.Equal((written, 1L, 0), (_written.Count, _partition.Join.Counters.Undecided, _partition.Join.OpenCount));
    }

    private static SchedulingDecision Decision() => new()
    {
        Id = Guid.NewGuid(), Device = "d", At = Start, Task = "t", Deadline = Start + 1_000_000, Weight = 2, Attempt = 1, Scheduler = "s", Policy = "neural",
        Digest = [1, 2, 3, 4, 5, 6, 7, 8], Arm = PolicyArm.Challenger, Window = 12, Worker = "w", Processor = "cpu", Variant = "v", Propensity = 0.5,
        Prediction = new Prediction { EnergyJoules = 0.1f, Price = 0.25f, Accuracy = 0.9f }, FeatureLayout = 3, Features = [0.5f, 1], SampleRate = 1,
        Full = new FullDecision { Features = [1, 2, 3], Fields = 3 },
    };

    private static InferenceResult Result(SchedulingDecision decision) => new()
    {
        Id = decision.Id, Device = "d", Task = "t", Status = ResultStatus.Ok, Scheduler = "s", Worker = "w", Variant = "v", Attempt = 1, Created = Start,
        Deadline = Start + 1_000_000, Finished = Start + 10_000, ServiceMicros = 5_000, Batch = 1, EnergyJoules = 0.2, Accuracy = 0.9f,
    };
}
