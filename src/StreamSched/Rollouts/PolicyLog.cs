using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;

namespace StreamSched.Rollouts;

/// <summary>
/// What the records of <c>policies</c> say, read in their order: the versions, and the steps that tell which of them serves. A record that contradicts what
/// is known changes nothing.
/// </summary>
/// <param name="decoder">Reads records of former schemas too.</param>
internal sealed class PolicyLog(MessageDecoder decoder)
{
    private readonly SortedDictionary<string, PolicySnapshot> _versions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, RolloutStep> _steps = [];

    /// <summary>The step that put the serving policy into force; null: none is published, and each scheduler uses its own option.</summary>
    public RolloutStep? Active { get; private set; }

    /// <summary>The latest step of a roll-out; null: there was none.</summary>
    public RolloutStep? Rollout { get; private set; }

    /// <summary>All versions, by key.</summary>
    public IReadOnlyCollection<PolicySnapshot> Versions => _versions.Values;

    /// <summary>All steps that were kept, in their order.</summary>
    public IReadOnlyCollection<RolloutStep> Steps => _steps.Values;

    /// <summary>The version that serves; null: none is published.</summary>
    public PolicySnapshot? Serving => Active is { } step ? Find(step.Champion) : null;

    /// <summary>What labels have shown of the variants' accuracies; null: nobody has told.</summary>
    public AccuracyEstimates? Accuracies { get; private set; }

    /// <summary>Who serves, and whose windows are whose; null: no policy is published.</summary>
    public PolicyPlan? Plan
    {
        get
        {
            if (Serving is not { } champion) return null;
            RolloutStep? step = Rollout is { } latest && latest.Sequence >= Active!.Sequence && ReferenceEquals(Find(latest.Champion), champion)
                ? latest : null;
            if (step is null) return new PolicyPlan(champion, null, null, null);

            // What was made of another policy than the one that serves says nothing about this one.
            PolicySnapshot? challenger = step.Challenger is { } named && Find(named) is { Parent: { } parent } child
                && parent.AsSpan().SequenceEqual(champion.Digest) ? child : null;
            PolicySnapshot? shadow = step.State == RolloutState.Shadow ? challenger : null;
            if (step.Windows is null || PolicyRecords.WindowsOf(step) is not { } windows) return new PolicyPlan(champion, null, null, shadow);
            PolicyReference? reference = windows.IsBaseline ? step.Baseline : step.State == RolloutState.Active ? step.Former : null;
            PolicySnapshot? other = reference is not null ? Find(reference) : step.State == RolloutState.Trial ? challenger : null;
            return new PolicyPlan(champion, other, other is null ? null : windows, shadow);
        }
    }

    /// <summary>Largest number of a step so far.</summary>
    public long LastSequence => Math.Max(Math.Max(Active?.Sequence ?? 0, Rollout?.Sequence ?? 0), _steps.Count > 0 ? _steps.Keys.Last() : 0);

    /// <summary>Finds a version.</summary>
    /// <param name="reference">Names it.</param>
    /// <returns>Null: it is not in the log, or not with this digest.</returns>
    public PolicySnapshot? Find(PolicyReference reference) =>
        _versions.GetValueOrDefault(PolicyRecords.Version(reference.Name, reference.Version)) is { } snapshot
        && snapshot.Digest.AsSpan().SequenceEqual(reference.Digest) ? snapshot : null;

    /// <summary>Takes a record.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value; empty: a tombstone.</param>
    /// <returns>Why it changes nothing; null: it was taken.</returns>
    public string? Take(string key, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            _versions.Remove(key);
            if (key == PolicyRecords.Active) Active = null;
            if (key == PolicyRecords.Rollout) Rollout = null;
            if (key == PolicyRecords.Accuracy) Accuracies = null;
            return null;
        }

        if (key == PolicyRecords.Accuracy)
        {
            if (!decoder.TryDecode(value, out AccuracyEstimates? estimates, out AvroFault fault)) return fault.ToString();
            Accuracies = estimates;
            return null;
        }

        if (decoder.TryDecode(value, out RolloutStep? step, out AvroFault notStep)) return TakeStep(key, step);
        if (decoder.TryDecode(value, out PolicySnapshot? snapshot, out AvroFault notVersion)) return TakeVersion(key, snapshot);
        return (key is PolicyRecords.Active or PolicyRecords.Rollout || key.StartsWith("step/", StringComparison.Ordinal) ? notStep : notVersion).ToString();
    }

    private string? TakeVersion(string key, PolicySnapshot snapshot)
    {
        byte[] digest = PolicyRecords.DigestOf(snapshot);

        // A digest tells whether the record is whole; who wrote before there were digests told none.
        if (snapshot.Digest is { } told && !told.AsSpan().SequenceEqual(digest)) return $"version {key} is not what its digest says";
        snapshot.Digest = digest;

        // Before versions had keys of their own, the one under this key served.
        if (key == PolicyRecords.Active)
        {
            _versions[PolicyRecords.Version(snapshot.Name, snapshot.Version)] = snapshot;
            Active = new RolloutStep
            {
                Sequence = LastSequence, At = snapshot.At, State = RolloutState.Active, Champion = PolicyRecords.ReferenceTo(snapshot), Reason = snapshot.Note,
            };
            return null;
        }

        if (key != PolicyRecords.Version(snapshot.Name, snapshot.Version)) return $"its key '{key}' is not that of {snapshot.Name} v{snapshot.Version}";
        if (_versions.TryGetValue(key, out PolicySnapshot? known) && !known.Digest.AsSpan().SequenceEqual(digest))
            return $"version {key} is another one already: versions never change";
        if (snapshot.Parent is { } parent && !_versions.Values.Any(v => v.Digest.AsSpan().SequenceEqual(parent)))
            return $"version {key} was made from one that nobody knows ({Convert.ToHexStringLower(parent.AsSpan(0, 8))})";
        _versions[key] = snapshot;
        return null;
    }

    private string? TakeStep(string key, RolloutStep step)
    {
        if (key != PolicyRecords.Active && key != PolicyRecords.Rollout && key != PolicyRecords.Step(step.Sequence)) return $"no step has the key '{key}'";
        foreach (PolicyReference? named in (PolicyReference?[])[step.Champion, step.Challenger, step.Former, step.Baseline])
            if (named is not null && Find(named) is null) return $"step {step.Sequence} names {named.Name} v{named.Version}, which is not in the log";
        if (step.Windows is not null && PolicyRecords.WindowsOf(step) is null) return $"step {step.Sequence} plans windows that cannot be";
        if (key == PolicyRecords.Active) Active = step;
        else if (key == PolicyRecords.Rollout) Rollout = step;
        else _steps[step.Sequence] = step;
        return null;
    }
}
