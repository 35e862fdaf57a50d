using StreamSched.Avro.Records;
using StreamSched.Core.Registry;

namespace StreamSched.Rollouts;

/// <summary>What puts a policy into force for all schedulers: its version, and the step that says that it serves.</summary>
/// <param name="Version">The version.</param>
/// <param name="Step">The step.</param>
/// <param name="Records">Keys and values, in the order in which they are to be written: who reads a step must know the versions that it names.</param>
internal sealed record PolicyPublication(PolicySnapshot Version, RolloutStep Step, IReadOnlyList<(string Key, byte[] Value)> Records)
{
    /// <summary>Puts a policy into force by an operator's word, whatever served before.</summary>
    /// <param name="log">What is published so far.</param>
    /// <param name="kind">The policy that it is of.</param>
    /// <param name="parameters">Of a policy without a file.</param>
    /// <param name="file">Its file; null: it has none.</param>
    /// <param name="note">Why.</param>
    /// <param name="by">Who.</param>
    /// <param name="at">µs since 1970.</param>
    public static PolicyPublication Of(
        PolicyLog log, string kind, Dictionary<string, double> parameters, LoadedPolicy? file, string note, string by, long at)
    {
        PolicySnapshot version = new()
        {
            Name = kind, At = at, Kind = kind, Parameters = parameters, Model = file?.Bytes.ToArray(), Note = note,
            Figures = file is null ? [] : new Dictionary<string, double>(file.Metadata.MeasuredFigures),
        };
        version.Digest = PolicyRecords.DigestOf(version);
        PolicySnapshot[] line = [.. log.Versions.Where(v => v.Name == kind)];

        // What was published before serves again; its record stands.
        PolicySnapshot? known = line.FirstOrDefault(v => v.Digest.AsSpan().SequenceEqual(version.Digest));
        version.Version = known?.Version ?? line.Select(v => v.Version).DefaultIfEmpty().Max() + 1;
        RolloutStep step = new()
        {
            Sequence = log.LastSequence + 1, At = at, State = RolloutState.Active, Champion = PolicyRecords.ReferenceTo(version), By = by,
            Former = log.Serving is { } serving && !ReferenceEquals(serving, known) ? PolicyRecords.ReferenceTo(serving) : null,
            Reason = note.Length > 0 ? note : "by an operator's word",
        };
        List<(string Key, byte[] Value)> records = known is null ? [(PolicyRecords.Version(kind, version.Version), version.ToFramed())] : [];
        records.AddRange(PolicyRecords.Of(step, serving: null));
        return new PolicyPublication(known ?? version, step, records);
    }
}
