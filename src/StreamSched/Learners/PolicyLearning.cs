using Microsoft.Extensions.Logging;
using StreamSched.Analysis.Replays;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Kafka.Identity;
using StreamSched.Kafka.Topics;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Rollouts;
using StreamSched.Schedulers;
using AvroStep = StreamSched.Avro.Records.RolloutStep;
using CoreStep = StreamSched.Learning.Rollouts.RolloutStep;

namespace StreamSched.Learners;

/// <summary>
/// Learns from the experience that a session writes, and writes what comes of it to <c>policies</c> in the same transactions: whoever lost its transactional id
/// publishes nothing any more. What it goes on from it reads there. Knows no Kafka client.
/// </summary>
internal sealed class PolicyLearning : ILiveSink, IExperienceLearner
{
    private const int MostFeatures = 256, MostRanges = 4096; // as the schemas have it
    private readonly LearnerRoleSettings _settings;
    private readonly MessageDecoder _decoder;
    private readonly ILogger _logger;
    private readonly Action<string, byte[]> _write;
    private readonly PolicyLog _log;
    private readonly Dictionary<string, WorkerRegistration> _workers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly Followers _followers = new();
    private readonly TextCache _texts = new(), _sites = new(); // sites are names that devices give themselves
    private readonly float[] _features = new float[MostFeatures];
    private readonly NameHash _hash = new(BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)));
    private readonly Dictionary<int, (long From, long To)> _read = []; // since the roll-out's state began
    private (Learning.Rollouts.RolloutState, PolicyVersion?) _state;
    private LiveLearner? _learner;
    private bool _caughtUp, _toldSimulated;
    private long _sequence, _now;
    private string? _pause, _refusal;

    /// <summary>Makes one that knows nothing yet.</summary>
    /// <param name="settings">What it learns.</param>
    /// <param name="decoder">Reads records of former schemas too.</param>
    /// <param name="write">Takes key and value of a record of <c>policies</c>.</param>
    /// <param name="logger">For what an operator should know.</param>
    public PolicyLearning(LearnerRoleSettings settings, MessageDecoder decoder, Action<string, byte[]> write, ILogger logger)
    {
        (_settings, _decoder, _write, _logger) = (settings, decoder, write, logger);
        _log = new PolicyLog(decoder);
    }

    /// <summary>What learns; null: no policy of a kind that learns is known to serve.</summary>
    public LiveLearner? Learner => _learner;

    /// <summary>Schedulers that report and serve what the roll-out says, and those that serve something else.</summary>
    public (int Following, int Straying) Schedulers { get; private set; }

    /// <summary>Takes a record of <c>policies</c>.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value; empty: a tombstone.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why it changes nothing; null: it was taken.</returns>
    public string? Policy(string key, ReadOnlySpan<byte> value, long now)
    {
        if (_log.Take(key, value) is { } problem) return problem;
        if (!_caughtUp || key != PolicyRecords.Rollout || _log.Rollout is not { } step || step.By == _settings.Id) return null;

        // A person's word is a step like any other. Where it crossed one of ours, it is said again, so that the last word in the log is the person's.
        LearnerLog.Told(_logger, step.By, step.Reason);
        if (step.Sequence <= _sequence)
        {
            step.Sequence = _sequence + 1;
            Publish(step);
        }

        GoOn(step);
        return null;
    }

    /// <summary>Takes a record of <c>workers</c>.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value; empty: a tombstone.</param>
    /// <returns>Why it changes nothing; null: it was taken.</returns>
    public string? Worker(string key, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            _workers.Remove(key);
            return null;
        }

        if (!_decoder.TryDecode(value, out WorkerRegistration? registration, out AvroFault fault)) return fault.ToString();
        _workers[key] = registration;
        return null;
    }

    /// <summary>Takes a record of <c>load</c>.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="now">µs since 1970.</param>
    /// <returns>Why it changes nothing; null: it was taken.</returns>
    public string? Load(ReadOnlySpan<byte> value, long now)
    {
        if (value.IsEmpty) return null;
        if (!_decoder.TryDecode(value, out SchedulerLoad? load, out AvroFault fault)) return fault.ToString();
        if (_caughtUp && _log.Active is null) Adopt(load, now);
        if (_learner is { } learner && load.Digest is { } serves && _followers.Heard(load.Scheduler, IsNamed(learner.Rollout, serves), now))
            LearnerLog.NotFollowing(_logger, load.Scheduler, load.Policy, load.PolicyVersion, learner.Rollout.Champion.ToString());
        return null;
    }

    /// <summary>All that was published before is known.</summary>
    /// <param name="now">µs since 1970.</param>
    public void CaughtUp(long now)
    {
        _caughtUp = true;
        _sequence = _log.LastSequence;
        if ((_log.Rollout ?? _log.Active) is { } step) GoOn(step);
        if (_learner is null || _log.Accuracies is not { } accuracies) return;
        foreach (VariantAccuracy e in accuracies.Estimates)
        {
            if (RegisteredOf(e.Task, e.Variant) is { } registered)
                _learner.Restore(ClusterRecords.Read(e), registered, Math.Min(accuracies.At, now));
        }
    }

    /// <summary>Takes note of a decision that was read.</summary>
    /// <param name="partition">Its partition of <c>decisions</c>.</param>
    /// <param name="offset">Its offset.</param>
    public void Read(int partition, long offset) =>
        _read[partition] = (_read.TryGetValue(partition, out (long From, long To) range) ? range.From : offset, offset + 1);

    /// <summary>Says why nothing is to be proposed; null: something may be.</summary>
    /// <param name="reason">The reason.</param>
    public void Pause(string? reason)
    {
        if (reason is not null && _pause is null) LearnerLog.Paused(_logger, reason);
        _pause = reason;
        if (_learner is not null) _learner.Pause = reason;
    }

    /// <inheritdoc/>
    public void Joined(scoped in ExperienceView record)
    {
        if (_learner is not { } learner || record.HasSkipLearn) return;
        bool placed = record.HasWorker && record.HasVariant;
        string policy = _texts.Of(record.Policy);
        ReadOnlySpan<float> features = FeaturesOf(record.Features);
        bool isOwn = record.FeatureLayout != Core.Prediction.FeatureEncoder.RatioLayout;
        bool isPredicted = PredictionView.TryDecode(record.HasPrediction ? record.Prediction : default, out PredictionView predicted, out _);
        learner.Outcome(
            new LiveOutcome
            {
                Created = record.Created > 0 ? record.Created : record.At, Arm = (Arm)record.Arm,
                Window = (int)Math.Min(record.Window, int.MaxValue), Utility = record.Utility, Weight = record.Weight,
                OnTime = record.OnTime && record.Status == ResultStatus.Ok, Rejected = record.Status == ResultStatus.Rejected,
                Failed = record.Status == ResultStatus.Failed,
                Shadow = record.Shadow is { } shadow ? ShadowChoice.Same + (int)shadow : ShadowChoice.None,
                DeadlineSeconds = record.DeadlineMicros * 1e-6f, IsPlaced = placed, Of = AnsweredBy(record),
                RegisteredAccuracy = record.Accuracy,
                Features = isOwn ? [] : features, Policy = policy, Scheduler = _texts.Of(record.Scheduler), Decided = record.At,
                Seen = isOwn && record.FeatureLayout == PolicyCatalogue.Find(policy)?.FeatureLayout ? features : [],
                Propensity = (float)record.Propensity, Explored = record.Explored, LatencySeconds = record.LatencyMicros * 1e-6f,
                EnergyJoules = (float)record.EnergyJoules, WaitingSeconds = isPredicted ? predicted.Waiting : float.NaN,
            },
            _now);
    }

    /// <inheritdoc/>
    public void Labelled(scoped in ExperienceView record)
    {
        if (_learner is null || record.Output is not { } output || record.Label is not { } label || AnsweredBy(record) is not { } of) return;
        _learner.Label(new LabelledAnswer(of, record.Accuracy, output == label, _hash.Of(record.Device)), _now);
    }

    /// <summary>Tells how far the logs have come.</summary>
    /// <param name="now">µs since 1970.</param>
    public void Advance(long now)
    {
        _now = Math.Max(_now, now);
        if (_learner is null) return;
        if (!_toldSimulated && _settings.Simulated is { IsCompletedSuccessfully: true } simulated)
        {
            _toldSimulated = true;
            simulated.Result.TellTo(_learner);
        }

        Schedulers = (_followers.Count(true, _now), _followers.Count(false, _now));
        _learner.Advance(_now);
        if (_learner.LatestRefusal == _refusal) return;
        _refusal = _learner.LatestRefusal;
        if (_refusal is not null) LearnerLog.Paused(_logger, _refusal);
    }

    /// <inheritdoc/>
    void ILiveSink.Version(PolicyVersion version, ReadOnlyMemory<byte> file, PolicyVersion parent, long now)
    {
        PolicySnapshot record = new()
        {
            Name = version.Name, Version = version.Version, Digest = version.Digest.ToArray(), At = now, Kind = version.Name, Model = file.ToArray(),
            Parent = parent.Digest.ToArray(), Note = "learned while serving",
        };
        if (_learner?.LatestScore is { } score)
        {
            record.Figures = new Dictionary<string, double>
            {
                ["heldOut"] = score.Count, ["logLossChampion"] = score.Champion, ["logLoss"] = score.Candidate, ["gain"] = score.Gain,
            };
        }

        Write(PolicyRecords.Version(version.Name, version.Version), record.ToFramed());
    }

    /// <inheritdoc/>
    void ILiveSink.Accuracies(IReadOnlyList<AccuracyEstimate> estimates, long now)
    {
        AccuracyEstimates record = new()
        {
            At = now, By = _settings.Id,
            Estimates = [.. estimates.Select(e => new VariantAccuracy
            {
                Task = e.Task, Variant = e.Variant, Site = e.Site, Origin = e.Origin, Mean = e.Mean, Lower = e.Lower, Labels = e.Labels,
            })],
        };
        Write(PolicyRecords.Accuracy, record.ToFramed());
    }

    /// <inheritdoc/>
    void IRolloutSink.Stepped(CoreStep step)
    {
        LearnerLog.Stepped(_logger, step.Reason);
        AvroStep record = RolloutRecords.Of(step);
        record.RestsOn = [.. _read.OrderBy(r => r.Key).Take(MostRanges).Select(r => new OffsetRange
        {
            Topic = TopicCatalogue.Decisions, Partition = r.Key, From = r.Value.From, To = r.Value.To,
        })];
        Publish(record);
        if (_state == (step.State, step.Challenger)) return;
        _state = (step.State, step.Challenger);
        _read.Clear();
    }

    private void Publish(AvroStep step)
    {
        _sequence = Math.Max(_sequence, step.Sequence);
        foreach ((string key, byte[] value) in PolicyRecords.Of(step, _log.Active)) Write(key, value);
    }

    // What is written is known at once; it comes back by the log too.
    private void Write(string key, byte[] value)
    {
        _log.Take(key, value);
        _write(key, value);
    }

    private void GoOn(AvroStep record)
    {
        CoreStep step = RolloutRecords.Of(record);
        Dictionary<PolicyVersion, LoadedPolicy> files = [];
        foreach (PolicyReference? named in (PolicyReference?[])[record.Champion, record.Challenger, record.Former, record.Baseline])
        {
            if (named is null || _log.Find(named)?.Model is not { } model) continue;
            try
            {
                files[RolloutRecords.Of(named)] = LoadedPolicy.Parse(model);
            }
            catch (PolicyFileException exception)
            {
                LearnerLog.Ignored(_logger, TopicCatalogue.Policies, 0, 0, $"{named.Name} v{named.Version} cannot be read: {exception.Message}");
            }
        }

        LoadedPolicy? champion = files.FirstOrDefault(f => f.Key.Digest.Span.SequenceEqual(step.Champion.Digest.Span)).Value;
        _learner ??= Begin(step.Champion, champion);
        int last = _log.Versions.Where(v => v.Name == step.Champion.Name).Select(v => v.Version).DefaultIfEmpty().Max();
        _learner.Restore(step, files, last);
    }

    private LiveLearner Begin(PolicyVersion champion, LoadedPolicy? file)
    {
        LiveLearnerSettings settings = _settings.Learning with
        {
            Value = _settings.Value,
            Rollout = _settings.Learning.Rollout with { Learner = _settings.Id },
        };
        return new LiveLearner(settings, this, champion, file) { Pause = _pause };
    }

    // Nothing is published: what the schedulers were started with becomes the first version, if it is what this learner learns.
    private void Adopt(SchedulerLoad load, long now)
    {
        if (load.Digest is not { } digest) return;
        LoadedPolicy? policy = _settings.Policy;
        string? name = policy?.Metadata.Name ?? _settings.BuiltIn;
        ReadOnlyMemory<byte> expected = policy?.Digest ?? (name is null ? default : PolicyDigest.Of(name));
        if (name is null || !expected.Span.StartsWith(digest))
        {
            // Accuracies are learned whatever serves.
            if (_warned.Add(load.Scheduler)) LearnerLog.OtherPolicy(_logger, load.Scheduler, load.Policy, name ?? "none");
            _learner ??= Begin(new PolicyVersion(load.Policy, load.PolicyVersion, digest), null);
            return;
        }

        PolicyPublication publication = PolicyPublication.Of(
            _log, name, [], policy, "what the schedulers were started with", _settings.Id, now);
        foreach ((string key, byte[] value) in publication.Records) Write(key, value);
        _sequence = _log.LastSequence;
        GoOn(publication.Step);
    }

    // In a window of the other side's that side's version is in force.
    private static bool IsNamed(Rollout rollout, byte[] digest)
    {
        foreach (PolicyVersion? version in (PolicyVersion?[])[rollout.Champion, rollout.Challenger, rollout.Former, rollout.Baseline])
            if (version is not null && version.Digest.Span.StartsWith(digest)) return true;
        return false;
    }

    private ReadOnlySpan<float> FeaturesOf(ReadOnlySpan<byte> encoded)
    {
        AvroReader reader = new(encoded);
        return _features.AsSpan(0, Math.Min(reader.ReadFloats(_features), MostFeatures));
    }

    // Null: by nobody, or by a worker that is not registered any more.
    private AccuracyKey? AnsweredBy(scoped in ExperienceView record) =>
        record.HasVariant && record.HasWorker && _workers.TryGetValue(_texts.Of(record.Worker), out WorkerRegistration? registration)
            ? new(_texts.Of(record.Task), _texts.Of(record.Variant), registration.Site, _sites.Of(record.Site)) : null;

    private float? RegisteredOf(string task, string variant)
    {
        foreach (WorkerRegistration worker in _workers.Values)
            foreach (VariantRegistration v in worker.Variants)
                if (v.Task == task && v.Name == variant) return v.Accuracy;
        return null;
    }
}
