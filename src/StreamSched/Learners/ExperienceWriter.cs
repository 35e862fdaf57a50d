using System.Text;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Learning.Joins;
using StreamSched.Schedulers;

namespace StreamSched.Learners;

/// <summary>Makes the records of <c>experience</c> of what a join gives, and keeps what a later word of the device may correct.</summary>
/// <param name="value">What outcomes are worth.</param>
/// <param name="buffers">Where decisions wait.</param>
/// <param name="kept">What can be corrected.</param>
/// <param name="write">Takes the id of the request and the framed record, valid for the call.</param>
/// <param name="learner">Learns from them; null: nobody does.</param>
internal sealed class ExperienceWriter(
    ValueWeights value, MessageBuffers buffers, KeptRecords kept, ExperienceHandler write, IExperienceLearner? learner) : IJoinSink<DecisionBody>
{
    private const int MostBytes = 1_000_000; // the topic takes 1 MiB with key and headers
    private readonly Utf8Names _utf8 = new();
    private byte[] _record = new byte[4096];
    private byte[] _short = new byte[1024];

    /// <inheritdoc/>
    public long Joined(in DecisionHead decision, DecisionBody body, in ResultHead result, in ResultFacts facts, string? skipLearn)
    {
        ExperienceView record = OfDecision(decision, body, skipLearn, out PredictionView prediction);
        record.JoinState = JoinState.Joined;
        record.ResultOffset = result.Offset;
        if (facts.Site is not null) record.Site = _utf8.Of(facts.Site);
        Tell(ref record, facts, default);
        learner?.Joined(record);
        return Write(ref record, prediction.Price);
    }

    /// <inheritdoc/>
    public long Defaulted(in DecisionHead decision, DecisionBody body, string skipLearn)
    {
        ExperienceView record = OfDecision(decision, body, skipLearn, out PredictionView prediction);
        record.JoinState = JoinState.Default;
        record.ResultOffset = -1;

        // What it has spent is not known, only what it was to spend.
        record.EnergyJoules = prediction.EnergyJoules;
        record.Money = prediction.Money;
        record.Utility = -value.Costs(prediction.EnergyJoules, 0, prediction.Money);
        return Write(ref record, prediction.Price);
    }

    /// <inheritdoc/>
    public long Revised(long position, int revision, FeedbackFacts feedback, long offset)
    {
        if (!kept.TryGet(position, out ReadOnlySpan<byte> former) || !ExperienceView.TryDecode(former, out ExperienceView record, out _)) return -1;
        record.JoinState = JoinState.Revised;
        record.Revision = revision;
        record.FeedbackOffset = offset;
        bool labels = record.Label is null && feedback.Label is not null;
        record.Label = feedback.Label;
        record.Rating = feedback.Rating;
        ResultStatus? status = record.Status;
        Tell(ref record, FactsOf(record), feedback);
        record.Status = status;
        if (labels) learner?.Labelled(record);
        return Write(ref record, record.Price);
    }

    /// <inheritdoc/>
    public void Release(DecisionBody body) => buffers.Return(body.Buffer);

    /// <summary>Keeps a record, without what the policy saw: that stands in the first record of the request.</summary>
    /// <param name="full">The record.</param>
    /// <returns>Where it is found; negative: nowhere.</returns>
    public long Keep(scoped in ExperienceView full)
    {
        ExperienceView record = full;
        record.HasPrediction = record.HasFull = false;
        record.Features = default;
        record.FeatureLayout = 0;
        int length;
        while (!record.TryEncode(_short, out length)) _short = new byte[2 * _short.Length];
        return kept.Add(_short.AsSpan(0, length));
    }

    /// <summary>What the device had said of what became a record.</summary>
    /// <param name="record">The record.</param>
    public static FeedbackFacts FeedbackIn(scoped in ExperienceView record) => record.JoinState == JoinState.Revised
        ? new FeedbackFacts(record.Label, record.Rating, record.Received, record.OnTimeTold) : default;

    private static ResultFacts FactsOf(scoped in ExperienceView record) => new()
    {
        Outcome = ResultReader.OutcomeOf(record.Status), Reason = record.HasReason ? Encoding.UTF8.GetString(record.Reason) : null,
        OnTime = record.OnTime, DeadlineMicros = record.DeadlineMicros, LatencyMicros = record.LatencyMicros, Created = record.Created,
        ServiceMicros = record.ServiceMicros, Batch = record.Batch, Accuracy = record.Accuracy, EnergyJoules = record.EnergyJoules, Money = record.Money,
        Output = record.Output,
    };

    private ExperienceView OfDecision(in DecisionHead head, DecisionBody body, string? skipLearn, out PredictionView prediction)
    {
        SchedulingDecisionView.TryDecode(body.Bytes, out SchedulingDecisionView decision, out _); // it was sound when it was taken in
        ExperienceView record = default;
        record.Id = decision.Id;
        record.Device = decision.Device;
        record.Task = decision.Task;
        record.At = decision.At;
        record.Attempt = decision.Attempt;
        record.DecisionOffset = head.Offset;
        record.FeedbackOffset = -1;
        record.Scheduler = decision.Scheduler;
        record.Policy = decision.Policy;
        record.PolicyVersion = decision.PolicyVersion;
        if (decision.HasDigest) record.Digest = decision.Digest;
        record.Arm = decision.Arm;
        record.Window = decision.Window;
        record.Shadow = decision.Shadow;
        if (decision.HasWorker) record.Worker = decision.Worker;
        if (decision.HasProcessor) record.Processor = decision.Processor;
        if (decision.HasVariant) record.Variant = decision.Variant;
        record.Propensity = decision.Propensity;
        record.Explored = decision.Explored;
        record.Candidates = decision.Candidates;
        record.Feasible = decision.Feasible;
        record.FeatureLayout = decision.FeatureLayout;
        record.Features = decision.Features;
        record.SampleRate = decision.SampleRate;
        if (decision.HasFull) record.Full = decision.Full;
        record.Weight = decision.Weight;
        if (skipLearn is not null) record.SkipLearn = _utf8.Of(skipLearn);
        prediction = default;
        if (decision.HasPrediction)
        {
            record.Prediction = decision.Prediction;
            PredictionView.TryDecode(decision.Prediction, out prediction, out _);
        }

        return record;
    }

    private void Tell(scoped ref ExperienceView record, in ResultFacts facts, FeedbackFacts feedback)
    {
        record.Created = facts.Created;
        record.Status = facts.Outcome switch
        {
            ResultOutcome.Ok => ResultStatus.Ok,
            ResultOutcome.Rejected => ResultStatus.Rejected,
            ResultOutcome.Failed => ResultStatus.Failed,
            _ => ResultStatus.Expired,
        };
        if (facts.Reason is not null) record.Reason = _utf8.Of(facts.Reason);
        record.DeadlineMicros = facts.DeadlineMicros;
        record.OnTime = facts.OnTime;
        record.LatencyMicros = facts.LatencyMicros;
        record.ServiceMicros = facts.ServiceMicros;
        record.Batch = facts.Batch;
        record.Accuracy = facts.Accuracy;
        record.EnergyJoules = facts.EnergyJoules;
        record.Money = facts.Money;
        record.Output = facts.Output;
        record.Received = feedback.Received;
        record.OnTimeTold = feedback.OnTime;
        record.Utility = facts.Utility(value, record.Weight, feedback);
    }

    private long Write(scoped ref ExperienceView record, double price)
    {
        record.Price = price;
        record.NetUtility = record.Utility - price;
        ReadOnlySpan<byte> framed = record.ToFramed(ref _record);

        // A record that its topic does not take would end every transaction that it is in.
        if (framed.Length > MostBytes)
        {
            record.HasFull = false;
            framed = record.ToFramed(ref _record);
        }

        write(record.Id, framed);
        return Keep(record);
    }
}
