using StreamSched.Avro.Records;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Replays;

/// <summary>What another policy would have done in the decisions of a log, with the same draws: how often otherwise, and what instead of what.</summary>
/// <param name="policy">The other policy, which can be asked.</param>
/// <param name="mostShown">How many decisions are kept.</param>
internal sealed class LogComparison(RecordedPolicy policy, int mostShown)
{
    // Pairs of variants; a log that names more than this is not one of ours.
    private const int MostPairs = 10_000;
    private readonly RecordedChoice _choice = new();
    private readonly TextCache _names = new();
    private readonly List<ReplayedDecision> _shown = [];
    private readonly Dictionary<(string From, string To), long> _pairs = [];
    private double _weight, _otherWeight;

    /// <summary>Full decisions that were compared: those with a choice.</summary>
    public long Compared { get; private set; }

    /// <summary>Of these, how many it would have taken otherwise.</summary>
    public long Otherwise { get; private set; }

    /// <summary>The share of all decisions that it would have taken otherwise, estimated: each full one stands for as many as its sampling rate says.</summary>
    public double Share => _weight > 0 ? _otherWeight / _weight : 0;

    /// <summary>The first of them.</summary>
    public IReadOnlyList<ReplayedDecision> Shown => _shown;

    /// <summary>What instead of what, by processor and variant, the most frequent first.</summary>
    public IEnumerable<(string From, string To, long Count)> Pairs =>
        _pairs.OrderByDescending(p => p.Value).ThenBy(p => p.Key.From, StringComparer.Ordinal).Select(p => (p.Key.From, p.Key.To, p.Value));

    /// <summary>How many full decisions could not be put back.</summary>
    public long Skipped { get; private set; }

    /// <summary>Takes the next decision of the log.</summary>
    /// <param name="decision">The record.</param>
    public void Take(in SchedulingDecisionView decision)
    {
        if (!decision.HasFull) return;
        FullDecisionView.TryDecode(decision.Full, out FullDecisionView full, out _);
        if (_choice.Restore(full) is not null)
        {
            Skipped++;
            return;
        }

        if (_choice.Replay.Feasible == 0) return;
        ReplayedChoice recorded = LogReplay.Recorded(decision, full, _names);
        ReplayedChoice other = _choice.Replay.Take(policy.With(_choice.Replay.Price));
        double weight = decision.SampleRate > 0 ? 1 / decision.SampleRate : 1;
        Compared++;
        _weight += weight;
        if (other.Candidate == recorded.Candidate) return;
        Otherwise++;
        _otherWeight += weight;
        string[] placements = full.CopyPlacements();
        (string, string) pair = (KindOf(placements, recorded.Candidate), KindOf(placements, other.Candidate));
        if (_pairs.Count < MostPairs || _pairs.ContainsKey(pair)) _pairs[pair] = _pairs.GetValueOrDefault(pair) + 1;
        if (_shown.Count < mostShown) _shown.Add(LogReplay.Describe(_choice, decision, full, recorded, other));
    }

    // Processor and variant: workers are many, and alike.
    internal static string KindOf(string[] placements, int candidate)
    {
        if (candidate < 0 || candidate >= placements.Length) return "rejected";
        string placement = placements[candidate];
        int slash = placement.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? placement : placement[(slash + 1)..];
    }
}
