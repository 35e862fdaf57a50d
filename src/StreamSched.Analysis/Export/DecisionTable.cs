using StreamSched.Avro.Records;

namespace StreamSched.Analysis.Export;

/// <summary>Decisions with what came of them: a row for each record of <c>experience</c>, so that one that feedback corrected has a row for each
/// revision.</summary>
internal sealed class DecisionTable : ParquetTable
{
    private readonly TextColumn _id, _device, _site, _task, _joinState, _scheduler, _policy, _digest, _arm, _worker, _processor, _variant;
    private readonly TextColumn _status, _reason, _skipLearn;
    private readonly OptionalColumn<DateTime> _at, _created, _received;
    private readonly ValueColumn<int> _revision, _attempt, _policyVersion, _candidates, _feasible, _batch, _partition;
    private readonly ValueColumn<long> _window, _deadline, _latency, _service, _offset, _decisionOffset, _resultOffset, _feedbackOffset;
    private readonly ValueColumn<double> _propensity, _sampleRate, _energy, _money, _utility, _price, _netUtility;
    private readonly ValueColumn<float> _weight, _accuracy;
    private readonly ValueColumn<bool> _explored, _full, _onTime;
    private readonly OptionalColumn<bool> _onTimeTold;
    private readonly OptionalColumn<int> _output, _label;
    private readonly OptionalColumn<double> _rating;
    private readonly OptionalColumn<float> _waiting, _use, _networkOut, _networkBack, _predictedEnergy, _predictedMoney, _predictedAccuracy, _predictedOnTime,
        _predictedPrice;

    /// <summary>An empty one.</summary>
    public DecisionTable()
    {
        (_id, _device) = (With(new TextColumn("id")), With(new TextColumn("device")));
        (_site, _task) = (With(new TextColumn("site")), With(new TextColumn("task")));
        (_at, _created) = (With(new OptionalColumn<DateTime>(Instant("decided_at"))), With(new OptionalColumn<DateTime>(Instant("created_at"))));
        (_joinState, _revision) = (With(new TextColumn("join_state")), With(new ValueColumn<int>("revision")));
        (_attempt, _scheduler) = (With(new ValueColumn<int>("attempt")), With(new TextColumn("scheduler")));
        (_policy, _policyVersion, _digest) = (With(new TextColumn("policy")), With(new ValueColumn<int>("policy_version")), With(new TextColumn("digest")));
        (_arm, _window) = (With(new TextColumn("arm")), With(new ValueColumn<long>("trial_window")));
        (_worker, _processor, _variant) = (With(new TextColumn("worker")), With(new TextColumn("processor")), With(new TextColumn("variant")));
        (_propensity, _explored) = (With(new ValueColumn<double>("propensity")), With(new ValueColumn<bool>("explored")));
        (_candidates, _feasible) = (With(new ValueColumn<int>("candidates")), With(new ValueColumn<int>("feasible")));
        (_sampleRate, _full) = (With(new ValueColumn<double>("sample_rate")), With(new ValueColumn<bool>("in_full")));
        (_waiting, _use) = (With(new OptionalColumn<float>("predicted_waiting")), With(new OptionalColumn<float>("predicted_service")));
        (_networkOut, _networkBack) = (With(new OptionalColumn<float>("predicted_network_out")), With(new OptionalColumn<float>("predicted_network_back")));
        (_predictedEnergy, _predictedMoney) = (With(new OptionalColumn<float>("predicted_energy_joules")), With(new OptionalColumn<float>("predicted_money")));
        (_predictedAccuracy, _predictedOnTime) = (With(new OptionalColumn<float>("predicted_accuracy")), With(new OptionalColumn<float>("predicted_on_time")));
        _predictedPrice = With(new OptionalColumn<float>("predicted_price"));
        (_status, _reason) = (With(new TextColumn("status")), With(new TextColumn("reason")));
        (_onTime, _onTimeTold) = (With(new ValueColumn<bool>("on_time")), With(new OptionalColumn<bool>("on_time_told")));
        _received = With(new OptionalColumn<DateTime>(Instant("received_at")));
        (_deadline, _latency) = (With(new ValueColumn<long>("deadline_micros")), With(new ValueColumn<long>("latency_micros")));
        (_service, _batch) = (With(new ValueColumn<long>("service_micros")), With(new ValueColumn<int>("batch")));
        (_weight, _accuracy) = (With(new ValueColumn<float>("weight")), With(new ValueColumn<float>("accuracy")));
        (_energy, _money) = (With(new ValueColumn<double>("energy_joules")), With(new ValueColumn<double>("money")));
        (_output, _label, _rating) =
            (With(new OptionalColumn<int>("output")), With(new OptionalColumn<int>("label")), With(new OptionalColumn<double>("rating")));
        (_utility, _price) = (With(new ValueColumn<double>("utility")), With(new ValueColumn<double>("price")));
        (_netUtility, _skipLearn) = (With(new ValueColumn<double>("net_utility")), With(new TextColumn("skip_learn")));
        (_partition, _offset) = (With(new ValueColumn<int>("log_partition")), With(new ValueColumn<long>("experience_offset")));
        (_decisionOffset, _resultOffset) = (With(new ValueColumn<long>("decision_offset")), With(new ValueColumn<long>("result_offset")));
        _feedbackOffset = With(new ValueColumn<long>("feedback_offset"));
    }

    /// <summary>Adds a row.</summary>
    /// <param name="r">The record.</param>
    /// <param name="partition">Where it was.</param>
    /// <param name="offset">Its offset.</param>
    public void Add(in ExperienceView r, int partition, long offset)
    {
        _id.Add(r.Id.ToString());
        _device.Add(r.Device);
        _site.Add(r.Site);
        _task.Add(r.Task);
        _at.Add(At(r.At));
        _created.Add(At(r.Created));
        _joinState.Add(r.JoinState switch { JoinState.Joined => "JOINED", JoinState.Default => "DEFAULT", _ => "REVISED" });
        _revision.Add(r.Revision);
        _attempt.Add(r.Attempt);
        _scheduler.Add(r.Scheduler);
        _policy.Add(r.Policy);
        _policyVersion.Add(r.PolicyVersion);
        _digest.Add(r.HasDigest ? Convert.ToHexStringLower(r.Digest) : null);
        _arm.Add(r.Arm switch { PolicyArm.Champion => "CHAMPION", PolicyArm.Challenger => "CHALLENGER", _ => "HOLD_BACK" });
        _window.Add(r.Window);
        _worker.Add(r.Worker, r.HasWorker);
        _processor.Add(r.Processor, r.HasProcessor);
        _variant.Add(r.Variant, r.HasVariant);
        _propensity.Add(r.Propensity);
        _explored.Add(r.Explored);
        _candidates.Add(r.Candidates);
        _feasible.Add(r.Feasible);
        _sampleRate.Add(r.SampleRate);
        _full.Add(r.HasFull);
        Predicted(r);
        _status.Add(r.Status switch
        {
            null => null,
            ResultStatus.Ok => "OK",
            ResultStatus.Rejected => "REJECTED",
            ResultStatus.Expired => "EXPIRED",
            _ => "FAILED",
        });
        _reason.Add(r.Reason, r.HasReason);
        _onTime.Add(r.OnTime);
        _onTimeTold.Add(r.OnTimeTold);
        _received.Add(At(r.Received));
        _deadline.Add(r.DeadlineMicros);
        _latency.Add(r.LatencyMicros);
        _service.Add(r.ServiceMicros);
        _batch.Add(r.Batch);
        _weight.Add(r.Weight);
        _accuracy.Add(r.Accuracy);
        _energy.Add(r.EnergyJoules);
        _money.Add(r.Money);
        _output.Add(r.Output);
        _label.Add(r.Label);
        _rating.Add(r.Rating);
        _utility.Add(r.Utility);
        _price.Add(r.Price);
        _netUtility.Add(r.NetUtility);
        _skipLearn.Add(r.SkipLearn, r.HasSkipLearn);
        _partition.Add(partition);
        _offset.Add(offset);
        _decisionOffset.Add(r.DecisionOffset);
        _resultOffset.Add(r.ResultOffset);
        _feedbackOffset.Add(r.FeedbackOffset);
    }

    private void Predicted(in ExperienceView r)
    {
        PredictionView p = default;
        bool isThere = r.HasPrediction && PredictionView.TryDecode(r.Prediction, out p, out _);
        _waiting.Add(isThere ? p.Waiting : null);
        _use.Add(isThere ? p.Service : null);
        _networkOut.Add(isThere ? p.NetworkOut : null);
        _networkBack.Add(isThere ? p.NetworkBack : null);
        _predictedEnergy.Add(isThere ? p.EnergyJoules : null);
        _predictedMoney.Add(isThere ? p.Money : null);
        _predictedAccuracy.Add(isThere ? p.Accuracy : null);
        _predictedOnTime.Add(isThere ? p.OnTime : null);
        _predictedPrice.Add(isThere ? p.Price : null);
    }
}
