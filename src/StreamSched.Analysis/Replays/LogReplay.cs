using System.Text;
using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Replays;

/// <summary>
/// Takes the full decisions of a log again, each by the policy version that took it: agreement by version, and the first that differ. One thread; what is kept
/// does not grow with the log.
/// </summary>
/// <param name="policies">Those that the log may name.</param>
/// <param name="mostShown">How many differing decisions are kept.</param>
internal sealed class LogReplay(PolicyShelf policies, int mostShown)
{
    private const string NotTold = "the record does not tell which policy was in force";

    // A log that names more versions is damaged or hostile.
    private const int MostVersions = 1000;
    private readonly RecordedChoice _choice = new();
    private readonly Dictionary<(ulong Digest, int Version), VersionAgreement> _versions = [];
    private readonly List<ReplayedDecision> _differing = [];
    private readonly TextCache _names = new();

    /// <summary>Decisions that were seen, in short or in full.</summary>
    public long Decisions { get; private set; }

    /// <summary>By version.</summary>
    public IEnumerable<VersionAgreement> Versions => _versions.Values.OrderBy(v => v.Policy, StringComparer.Ordinal).ThenBy(v => v.Version);

    /// <summary>The first that differ.</summary>
    public IReadOnlyList<ReplayedDecision> Differing => _differing;

    /// <summary>Whether a version is named that nobody has.</summary>
    public bool IsMissingVersions { get; private set; }

    /// <summary>Takes the next decision of the log.</summary>
    /// <param name="decision">The record.</param>
    public void Take(in SchedulingDecisionView decision)
    {
        Decisions++;
        if (!decision.HasFull) return;
        RecordedPolicy? policy = decision.HasDigest ? policies.Find(decision.Digest) : null;
        VersionAgreement version = VersionOf(decision, policy);
        version.Full++;
        FullDecisionView.TryDecode(decision.Full, out FullDecisionView full, out _);
        string? refusal = policy is null ? decision.HasDigest ? Missing(decision) : NotTold : _choice.Restore(full) ?? policy.Refusal;
        ReplayedChoice recorded = Recorded(decision, full, _names);
        ReplayedChoice again = default;
        bool isStandIn = false;
        if (policy is not null && refusal == policy.Refusal)
        {
            // Who was in force may have failed, or been on trial; then another one stepped in, and the record has its name.
            if (refusal is null) again = _choice.Replay.Take(policy.With(_choice.Replay.Price));
            if ((refusal is not null || again.Policy != recorded.Policy) && _choice.Replay.Feasible > 0 && recorded.Policy != policy.Kind
                && policies.BuiltIn(recorded.Policy) is { Refusal: null } other)
            {
                again = _choice.Replay.Take(other.With(_choice.Replay.Price));
                (isStandIn, refusal) = (true, null);
            }
        }

        if (refusal is not null)
        {
            Tally.Add(version.Skipped, refusal);
            return;
        }

        if (again == recorded)
        {
            version.Same++;
            if (_choice.Replay.Feasible == 0) version.Trivial++;
            if (isStandIn) version.StoodIn++;
            return;
        }

        version.Differing++;
        if (_differing.Count < mostShown) _differing.Add(Describe(_choice, decision, full, recorded, again));
    }

    /// <summary>A decision beside what came out otherwise.</summary>
    /// <param name="choice">Holds it.</param>
    /// <param name="decision">The record.</param>
    /// <param name="full">Its full part.</param>
    /// <param name="recorded">What was recorded.</param>
    /// <param name="again">What came out.</param>
    public static ReplayedDecision Describe(
        RecordedChoice choice, in SchedulingDecisionView decision, in FullDecisionView full, in ReplayedChoice recorded, in ReplayedChoice again)
    {
        string[] placements = full.CopyPlacements();
        return new ReplayedDecision(
            decision.Id, decision.At, Encoding.UTF8.GetString(decision.Scheduler), recorded.Policy, recorded, again, NameOf(placements, recorded.Candidate),
            NameOf(placements, again.Candidate), choice.FeaturesOf(recorded.Candidate).ToArray(), choice.FeaturesOf(again.Candidate).ToArray());
    }

    /// <summary>What a record says was chosen.</summary>
    /// <param name="decision">The record.</param>
    /// <param name="full">Its full part.</param>
    /// <param name="names">Of policies.</param>
    public static ReplayedChoice Recorded(in SchedulingDecisionView decision, in FullDecisionView full, TextCache names) =>
        new(full.Chosen, (float)decision.Propensity, decision.Explored, names.Of(decision.Policy));

    private static string? NameOf(string[] placements, int candidate) =>
        candidate < 0 ? null : candidate < placements.Length ? placements[candidate] : $"candidate {candidate}";

    private string Missing(in SchedulingDecisionView decision)
    {
        IsMissingVersions = true;
        return $"nobody has the version {Convert.ToHexStringLower(decision.Digest)}";
    }

    private VersionAgreement VersionOf(in SchedulingDecisionView decision, RecordedPolicy? policy)
    {
        ulong digest = decision.HasDigest ? BitConverter.ToUInt64(decision.Digest) : 0;
        (ulong, int) key = (digest, decision.PolicyVersion);
        if (_versions.TryGetValue(key, out VersionAgreement? version)) return version;
        if (_versions.Count >= MostVersions)
        {
            key = (0, int.MinValue);
            if (_versions.TryGetValue(key, out version)) return version;
            version = new VersionAgreement(Tally.Others, 0, "");
            _versions.Add(key, version);
            return version;
        }

        version = new VersionAgreement(
            policy?.Kind ?? _names.Of(decision.Policy), decision.PolicyVersion, decision.HasDigest ? Convert.ToHexStringLower(decision.Digest) : "");
        _versions.Add(key, version);
        return version;
    }
}
