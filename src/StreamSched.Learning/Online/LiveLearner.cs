using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Learning.Rollouts;

namespace StreamSched.Learning.Online;

/// <summary>
/// Learns from what comes back while the cluster serves: accuracies from labels, which schedulers believe at once, and the policy from outcomes, which serves
/// only after it has proved itself (<see cref="Rollout"/>). Holds no client and no clock. For one thread.
/// </summary>
public sealed class LiveLearner : IRolloutSink
{
    private const int Inputs = FeatureEncoder.RatioFields, WaitingFeature = 3;
    private const long BacklogStep = 100_000;
    private readonly LiveLearnerSettings _settings;
    private readonly ILiveSink _sink;
    private readonly AccuracyBeliefs _accuracy;
    private readonly AccuracyTable _told = new();
    private readonly Dictionary<string, LoadedPolicy> _files = new(StringComparer.Ordinal);
    private readonly Queue<float[]> _recorded = new();
    private IOnlineLearner? _online;
    private Network? _champion, _challenger;
    private Activations? _one, _other;
    private readonly AutocorrelationTime _memory = new(BacklogStep * 1e-6);
    private long _tellAt = long.MinValue, _backlogAt;
    private double _backlog, _backlogCount;
    private Arm _backlogArm;
    private float _longestDeadline;
    private PolicyVersion? _followed;
    private LoadedPolicy? _followedFile;
    private int _lastVersion;

    /// <summary>A learner beside a policy that serves.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="sink">Takes what it has to tell.</param>
    /// <param name="champion">The version that serves.</param>
    /// <param name="policy">Its file; null: it has none, and nothing is proposed.</param>
    public LiveLearner(LiveLearnerSettings settings, ILiveSink sink, PolicyVersion champion, LoadedPolicy? policy)
    {
        (_settings, _sink, _accuracy) = (settings, sink, new AccuracyBeliefs(settings.Accuracy));
        Rollout = new Rollout(settings.Rollout, this, champion);
        _lastVersion = champion.Version;
        if (policy is not null) _files[Key(champion)] = policy;
        Follow();
    }

    /// <summary>Where the roll-out stands.</summary>
    public Rollout Rollout { get; }

    /// <summary>Why nothing is to be proposed; null: something may be.</summary>
    public string? Pause { get; set; }

    /// <summary>Labels that were taken.</summary>
    public long Labels => _accuracy.Labels;

    /// <summary>What schedulers were told of accuracies.</summary>
    public IReadOnlyCollection<AccuracyEstimate> Told => _told.Estimates;

    /// <summary>Candidates that were proposed.</summary>
    public int Proposals { get; private set; }

    /// <summary>What the latest period of learning has shown; null: none has ended.</summary>
    public HeldOutScore? LatestScore { get; private set; }

    /// <summary>Whether the policy that serves learns on.</summary>
    public bool Learns => _online is not null;

    /// <summary>Why the latest candidate was not taken, beginning with the name of the reason; null: it was.</summary>
    public string? LatestRefusal { get; private set; }

    /// <summary>Takes an outcome of a simulated world, so that the network does not forget what this cluster does not show now.</summary>
    /// <param name="features">Layout 3 of the choice.</param>
    /// <param name="onTime">Whether the answer was in time.</param>
    public void Simulated(ReadOnlySpan<float> features, bool onTime) => (_online as OnTimeLearner)?.Simulated(features, onTime);

    /// <summary>Takes what came of a request.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="now">µs since 1970.</param>
    public void Outcome(in LiveOutcome outcome, long now)
    {
        double value = ValueOf(outcome);
        Rollout.Observe(new RolloutOutcome
        {
            Created = outcome.Created, Arm = outcome.Arm, Window = outcome.Window, Value = value,
            Missed = !outcome.OnTime && !outcome.Rejected && !outcome.Failed, Rejected = outcome.Rejected, Failed = outcome.Failed, Shadow = Shadow(outcome),
        });
        if (float.IsFinite(outcome.DeadlineSeconds)) _longestDeadline = Math.Max(_longestDeadline, outcome.DeadlineSeconds);
        if (outcome.IsPlaced) Remember(outcome);
        if (_online?.Add(outcome with { Utility = value }, now) is not { } period) return;
        LatestScore = period.Score;
        if (_settings.Proposes && Pause is null && period.IsWorthATrial && Rollout is { IsIdle: true, Frozen: false }) Propose(period.Score, now);
    }

    /// <summary>Takes a label of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="now">µs since 1970.</param>
    public void Label(in LabelledAnswer answer, long now)
    {
        if (_settings.LearnsAccuracy) _accuracy.Label(answer, now);
    }

    /// <summary>Tells the time, and does what is due.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Advance(long now)
    {
        Rollout.Conditions = new RolloutConditions(
            TimeSpan.FromSeconds(_memory.Seconds), TimeSpan.FromSeconds(Math.Clamp(_longestDeadline, 0, 3600)), _settings.ClockSkew);
        Rollout.Advance(now);
        if (now < _tellAt) return;
        _tellAt = now + (long)_settings.TellPeriod.TotalMicroseconds;
        Tell(now);
    }

    /// <summary>Goes on where a predecessor was.</summary>
    /// <param name="step">Its latest step; null: it took none.</param>
    /// <param name="files">The files of the versions that the step names.</param>
    /// <param name="lastVersion">The highest number of a version so far.</param>
    public void Restore(RolloutStep? step, IReadOnlyDictionary<PolicyVersion, LoadedPolicy> files, int lastVersion)
    {
        foreach ((PolicyVersion version, LoadedPolicy file) in files) _files[Key(version)] = file;
        _lastVersion = Math.Max(_lastVersion, lastVersion);
        if (step is not null) Rollout.Restore(step);
        Follow();
    }

    /// <summary>Takes over what a predecessor believed of an accuracy.</summary>
    /// <param name="estimate">What it told.</param>
    /// <param name="registered">The variant's accuracy as registered, 0..1.</param>
    /// <param name="at">When it told, µs since 1970.</param>
    public void Restore(AccuracyEstimate estimate, float registered, long at)
    {
        _accuracy.Restore(estimate, registered, at);
        _told.Set(estimate);
    }

    /// <summary>Proposes a file, whoever made it.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why no candidate is taken now; null: it was taken, and may have been rejected.</returns>
    public string? Propose(byte[] bytes, long now) => Propose(bytes, null, now);

    /// <inheritdoc/>
    void IRolloutSink.Stepped(RolloutStep step)
    {
        _sink.Stepped(step);
        Follow();
    }

    private static string Key(PolicyVersion version) => Convert.ToHexString(version.Digest.Span);

    private void Propose(HeldOutScore score, long now)
    {
        PolicyMetadata parent = _files.GetValueOrDefault(Key(Rollout.Champion))?.Metadata ?? new PolicyMetadata { Name = Rollout.Champion.Name };
        PolicyMetadata metadata = PolicySupport.Without(parent) with
        {
            Version = _lastVersion + 1,
            Figures = new Dictionary<string, double>
            {
                ["heldOut"] = score.Count, ["logLossRule"] = score.Rule, ["logLossChampion"] = score.Champion, ["logLoss"] = score.Candidate,
                ["gain"] = score.Gain, ["gainError"] = score.Error,
            },
        };
        PolicyFile file = _online!.File(metadata);
        Propose(file.ToBytes(), file.Network, now);
    }

    private string? Propose(byte[] bytes, Network? trained, long now)
    {
        LatestRefusal = _online is null ? $"policy: '{Rollout.Champion.Name}', which serves, does not learn" : Rollout.Refusal(now);
        if (LatestRefusal is not null) return LatestRefusal;
        float[] rows = [.. _recorded.SelectMany(row => row)];
        byte[] digest = PolicyDigest.Of(bytes);
        IReadOnlyList<GateResult> gates = CandidateChecks.Check(
            bytes, digest, Rollout.Champion.Name, NetworkOf(Rollout.Champion), trained, rows, out LoadedPolicy? file);
        PolicyVersion version = new(Rollout.Champion.Name, ++_lastVersion, digest);
        if (file is not null) _files[Key(version)] = file;
        Proposals++;
        _sink.Version(version, bytes, Rollout.Champion, now);
        return LatestRefusal = Rollout.Propose(version, gates, now);
    }

    // Files and networks of who has a part in the roll-out now.
    private void Follow()
    {
        PolicyVersion?[] named = [Rollout.Champion, Rollout.IsIdle ? null : Rollout.Challenger, Rollout.Former];
        foreach (string key in _files.Keys.Except(named.OfType<PolicyVersion>().Select(Key)).ToList()) _files.Remove(key);
        LoadedPolicy? file = _files.GetValueOrDefault(Key(Rollout.Champion));
        if (Rollout.Champion != _followed || file != _followedFile)
        {
            if (_online is not null && _followed?.Name == Rollout.Champion.Name) _online.Begin(file);
            else _online = OnlineLearners.Create(Rollout.Champion.Name, file, _settings.OnTime, _settings.Seed);
            (_followed, _followedFile) = (Rollout.Champion, file);
            _recorded.Clear();
        }

        (_champion, _challenger) = (ForecasterOf(Rollout.Champion), named[1] is { } candidate ? ForecasterOf(candidate) : null);
        _one = _champion is null ? null : new Activations(_champion.Shape, 1);
        _other = _challenger is null ? null : new Activations(_challenger.Shape, 1);
    }

    private Network? NetworkOf(PolicyVersion version) => _files.GetValueOrDefault(Key(version))?.File?.Network;

    // What forecasts on-time answers.
    private Network? ForecasterOf(PolicyVersion version) => version.Name == PolicyNames.Neural ? NetworkOf(version) : null;

    // Forecasts of the same served placement. Who forecasts nothing is judged by what schedulers tell of its choices, if they do.
    private ShadowOutcome Shadow(in LiveOutcome outcome)
    {
        bool isForecaster = Rollout.Champion.Name == PolicyNames.Neural;
        ShadowOutcome choice = new() { Asked = !isForecaster || outcome.Shadow != ShadowChoice.None, Choice = outcome.Shadow };
        if (_challenger is null || _champion is null || !outcome.IsPlaced || outcome.Features.Length != Inputs) return choice;
        float rule = OnTimeLearner.RuleLogit(outcome.Features);
        _one!.SetSample(0, outcome.Features);
        _other!.SetSample(0, outcome.Features);
        return choice with
        {
            Asked = true,
            ChampionLogit = rule + _champion.Forward(_one)[0],
            ChallengerLogit = rule + _challenger.Forward(_other)[0],
        };
    }

    private void Remember(in LiveOutcome outcome)
    {
        bool hasRatios = outcome.Features.Length == Inputs;
        Wait(outcome.Created, hasRatios ? outcome.Features[WaitingFeature] : Math.Min(outcome.WaitingSeconds / outcome.DeadlineSeconds, 2), outcome.Arm);
        ReadOnlySpan<float> row = Rollout.Champion.Name == PolicyNames.Neural ? outcome.Features : outcome.Seen;
        if (row.Length == 0 || row.Length != _followedFile?.File?.Network.Shape.Inputs) return;
        float[] kept = _recorded.Count < CandidateChecks.Recorded ? new float[row.Length] : _recorded.Dequeue();
        row.CopyTo(kept);
        _recorded.Enqueue(kept);
    }

    // What requests were predicted to wait, as a part of what was left of their deadlines, stands for the backlog.
    private void Wait(long created, float waiting, Arm arm)
    {
        if (!float.IsFinite(waiting)) return;
        if (created >= _backlogAt + BacklogStep)
        {
            if (_backlogCount > 0) _memory.Add(_backlog / _backlogCount, (int)_backlogArm);
            (_backlog, _backlogCount, _backlogArm) = (0, 0, arm);
            _backlogAt = created - (created % BacklogStep);
        }

        (_backlog, _backlogCount) = (_backlog + waiting, _backlogCount + 1);
    }

    // An answer that nobody has labelled is worth what is believed of its variant, and not what is registered.
    private double ValueOf(in LiveOutcome outcome)
    {
        if (!outcome.OnTime || outcome.Of is not { } of || _told.Believed(of) is not { } believed) return outcome.Utility;
        return outcome.Utility + _settings.Value.Answer(believed.Mean, outcome.Weight) - _settings.Value.Answer(outcome.RegisteredAccuracy, outcome.Weight);
    }

    private void Tell(long now)
    {
        if (!_settings.LearnsAccuracy || _accuracy.Labels == 0) return;
        IReadOnlyList<AccuracyEstimate> estimates = _accuracy.Estimates(now);
        bool changed = false;
        int known = 0;
        foreach (AccuracyEstimate estimate in estimates)
        {
            known += _told.Holds(estimate.Key) ? 1 : 0;
            changed |= _told.Believed(estimate.Key) is not { } before || Math.Abs(before.Mean - estimate.Mean) >= _settings.Noticed
                || Math.Abs(before.Lower - estimate.Lower) >= _settings.Noticed;
        }

        if (!changed && known == _told.Estimates.Count) return;
        _told.Replace(estimates);
        _sink.Accuracies(estimates, now);
    }
}
