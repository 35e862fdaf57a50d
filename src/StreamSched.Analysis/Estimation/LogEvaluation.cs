using System.Buffers.Binary;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Estimation;

/// <summary>
/// Judges policies by a log that others have written: takes experiences in any order of partitions, and estimates when all are there. What is kept of a
/// decision is some hundred bytes, and of a full one the model's view of it once per policy.
/// </summary>
/// <param name="policies">Those to be judged, by name; each can be asked again.</param>
/// <param name="shelf">Those that may have logged.</param>
/// <param name="settings">How.</param>
internal sealed class LogEvaluation(IReadOnlyList<(string Name, RecordedPolicy Policy)> policies, PolicyShelf shelf, EvaluationSettings settings)
{
    /// <summary>Why records are left out, of estimates and of training alike.</summary>
    internal const string NotToBeLearned = "nothing is to be learned from it", Stray = "a correction of a decision before the log begins";

    private const int MostChoices = 1000;
    private readonly RecordedChoice _choice = new();
    private readonly TextCache _names = new();
    private readonly Dictionary<Guid, int> _byId = [];
    private readonly List<LoggedDecision> _decisions = [];
    private readonly SortedDictionary<string, long> _leftOut = new(StringComparer.Ordinal), _versions = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);
    private readonly GrowingRows _taken = new();
    private readonly Judged[] _judged = [.. policies.Select(_ => new Judged())];
    private readonly float[] _features = new float[OutcomeFeatures.Count], _mean = new float[OutcomeFeatures.Count];
    private double[] _policy = new double[64], _logger = new double[64];
    private readonly Loggers _loggers = new();
    private readonly LabelledValues _labelled = new();
    private long _supportUnknown, _full;

    /// <summary>Who took most of the decisions; null: nobody knows that policy, or it cannot be asked again.</summary>
    public RecordedPolicy? Logger => _loggers.Most is { Refusal: null } most ? most : null;

    /// <summary>Takes the next record.</summary>
    /// <param name="record">An experience, or its revision.</param>
    public void Take(in ExperienceView record)
    {
        if (_byId.TryGetValue(record.Id, out int known))
        {
            // The latest revision counts; a repetition changes nothing.
            LoggedDecision corrected = _decisions[known];
            (corrected.Gross, corrected.Net, corrected.Answer) = (record.Utility, record.NetUtility, _labelled.Take(record, corrected.Answer));
            _decisions[known] = corrected;
            return;
        }

        if (LeaveOut(record) is { } reason)
        {
            Tally.Add(_leftOut, reason);
            return;
        }

        _byId.Add(record.Id, _decisions.Count);
        LoggedDecision decision = new()
        {
            At = record.At, Gross = record.Utility, Net = record.NetUtility, Rate = (float)record.SampleRate, Full = -1, IsJoined = record.Status is not null,
            Latency = record.Status == ResultStatus.Ok ? record.LatencyMicros * 1e-6f : float.NaN,
            Deadline = Math.Max(0, record.Created + record.DeadlineMicros - record.At) * 1e-6f, Fold = FoldOf(record.Id),
            Answer = _labelled.Take(record),
        };
        RecordedPolicy? by = record.HasDigest ? shelf.Find(record.Digest) : null;
        Count(record, by);
        if (record.HasFull && FullDecisionView.TryDecode(record.Full, out FullDecisionView full, out _))
        {
            if (_choice.Restore(full) is { } refusal) Tally.Add(_leftOut, refusal);
            else decision.Full = TakeFull(record, full, by);
        }

        _decisions.Add(decision);
    }

    /// <summary>What all records say.</summary>
    public (LogFigures Log, IReadOnlyList<PolicyFigures> Policies) Finish()
    {
        // Those whose join may still be open are not like the others: results come sooner than their absence is known.
        long closed = _decisions.Count == 0 ? 0
            : _decisions.Max(d => d.At) - (long)(1e6 * (settings.Grace.TotalSeconds + _decisions.Max(d => d.Deadline)));
        LoggedDecision[] decisions = [.. _decisions.Where(d => d.At <= closed).OrderBy(d => d.At)];
        for (int i = 0; i < decisions.Length; i++)
        {
            double more = _labelled.More(decisions[i].Answer, decisions[i].At);
            (decisions[i].Gross, decisions[i].Net) = (decisions[i].Gross + more, decisions[i].Net + more);
        }

        if (decisions.Length < _decisions.Count) _leftOut["the join may still be open: too near to the end of the log"] = _decisions.Count - decisions.Length;
        int[] fullOf = [.. Enumerable.Range(0, decisions.Length).Where(i => decisions[i].Full >= 0)];
        double joined = decisions.Length == 0 ? 0 : decisions.Count(d => d.IsJoined) / (double)decisions.Length;
        double[] rate = [.. fullOf.Select(i => decisions[i].Rate is > 0 and var r ? 1.0 / r : 1)];
        LogFigures log = new()
        {
            Decisions = decisions.Length, Full = fullOf.Length, Joined = joined, LeftOut = _leftOut, Gross = Average(decisions, d => d.Gross),
            Net = Average(decisions, d => d.Net), SupportUnknown = _full == 0 ? 0 : _supportUnknown / (double)_full, Versions = _versions,
            Missing = [.. _missing], Corrected = _labelled.Corrected, CorrectedVariants = _labelled.Variants,
            Median = Band(decisions, fullOf, rate, 0.5), P99 = Band(decisions, fullOf, rate, 0.99),
        };
        PolicyJudge judge = new(settings, decisions, fullOf, rate, _taken, log);
        double known = Math.Max(1, _full - _supportUnknown);
        return (log, [.. _judged.Select((j, p) => judge.Judge(policies[p].Name, j.Weights, j.Means, j.Unsupported / known, j.Choices))]);
    }

    private LatencyBand Band(LoggedDecision[] decisions, int[] fullOf, double[] rate, double quantile) => WeightedQuantile.Band(
        [.. fullOf.Select(i => (double)decisions[i].Latency)], rate, quantile, settings.Resamples);

    private static string? LeaveOut(in ExperienceView record) => record switch
    {
        { JoinState: JoinState.Revised } => Stray,
        { HasSkipLearn: true, Status: not null } => NotToBeLearned,
        { Propensity: 0 } => "its propensity is 0",
        { SampleRate: >= 1, HasFull: false } => "its full part was too large for the topic",
        { SampleRate: 0 } => "it does not tell how likely it was to be recorded in full",
        _ => null,
    };

    private int TakeFull(in ExperienceView record, in FullDecisionView full, RecordedPolicy? by)
    {
        int row = (int)_full++;
        DecisionReplay replay = _choice.Replay;
        _labelled.AccuracyWeight = replay.Value.Accuracy;
        if (full.Chosen < 0) OutcomeFeatures.OfRejection(_features);
        else OutcomeFeatures.Of(replay, full.Chosen, _features);
        _taken.Add(_features);
        bool isKnown = by is { Refusal: null } && replay.Feasible > 0;
        double loggerRejects = isKnown ? _choice.Probabilities(by!, ref _logger) : 1;
        if (!isKnown && replay.Feasible > 0) _supportUnknown++;
        string[]? placements = null;
        for (int p = 0; p < policies.Count; p++)
        {
            double rejects = _choice.Probabilities(policies[p].Policy, ref _policy);
            ReadOnlySpan<double> policy = _policy.AsSpan(0, _choice.Candidates);
            double chosen = full.Chosen < 0 ? rejects : policy[full.Chosen];
            OutcomeFeatures.Mean(replay, policy, rejects, _features, _mean);
            _judged[p].Weights.Add(chosen / record.Propensity);
            _judged[p].Means.Add(_mean);
            if (!isKnown) continue;
            double unsupported = loggerRejects <= 0 ? rejects : 0;
            for (int i = 0; i < policy.Length; i++)
            {
                if (policy[i] == 0 || _logger[i] > 0) continue;
                unsupported += policy[i];
                _judged[p].Note(LogComparison.KindOf(placements ??= full.CopyPlacements(), i), policy[i]);
            }

            _judged[p].Unsupported += unsupported;
        }

        return row;
    }

    private void Count(in ExperienceView record, RecordedPolicy? by)
    {
        string digest = record.HasDigest ? Convert.ToHexStringLower(record.Digest) : "";
        string version = $"{by?.Kind ?? _names.Of(record.Policy)} v{record.PolicyVersion} {digest}".TrimEnd();
        Tally.Add(_versions, version);
        _loggers.Count(by);
        if (by is null && digest.Length > 0 && _missing.Count < MostChoices) _missing.Add(digest);
    }

    private byte FoldOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return (byte)(new RandomStream(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]))
            .NextUInt64() % (ulong)settings.Folds);
    }

    private static double Average(LoggedDecision[] decisions, Func<LoggedDecision, double> of) => decisions.Length == 0 ? 0 : decisions.Average(of);

    private sealed class Judged
    {
        private readonly Dictionary<string, double> _choices = new(StringComparer.Ordinal);

        public List<double> Weights { get; } = [];

        public GrowingRows Means { get; } = new();

        public double Unsupported { get; set; }

        public IReadOnlyList<string> Choices => [.. _choices.OrderByDescending(c => c.Value).Select(c => c.Key)];

        public void Note(string choice, double probability)
        {
            if (_choices.Count < MostChoices || _choices.ContainsKey(choice)) _choices[choice] = _choices.GetValueOrDefault(choice) + probability;
        }
    }
}
