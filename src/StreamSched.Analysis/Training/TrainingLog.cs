using StreamSched.Analysis.Estimation;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;

namespace StreamSched.Analysis.Training;

/// <summary>
/// What a policy can learn from a log: takes experiences in any order of partitions, and hands them out in the order of the decisions. What is kept of a
/// request is some hundred bytes.
/// </summary>
/// <param name="kind">The policy that is to learn.</param>
/// <param name="shelf">Those that may have logged.</param>
internal sealed class TrainingLog(string kind, PolicyShelf shelf)
{
    // More say no more about where equal parts of them end.
    private const int MostRows = 200_000;
    private readonly RecordedChoice _choice = new();
    private readonly TextCache _names = new();
    private readonly Dictionary<Guid, LoggedOutcome> _outcomes = [];
    private readonly Loggers _loggers = new();
    private readonly LabelledValues _labelled = new();
    private readonly SortedDictionary<string, long> _leftOut = new(StringComparer.Ordinal);
    private readonly List<(long At, float[] Row)> _rows = [];
    private readonly RecordedPolicy? _seesAll = PolicyCatalogue.Find(kind) is { IsAskable: true, Create: not null } ? PolicyShelf.AsItBegins(kind) : null;
    private readonly int _layout = PolicyCatalogue.Find(kind)?.FeatureLayout ?? 0;
    private double[] _scratch = new double[64];
    private float[] _seen = new float[64];
    private RandomStream _random = RandomStream.For(1, "rows of a log");
    private long _rowsSeen;

    /// <summary>Records of which nothing is learned, by the reason.</summary>
    public IReadOnlyDictionary<string, long> LeftOut => _leftOut;

    /// <summary>How many requests there are to learn from.</summary>
    public int Count => _outcomes.Count;

    /// <summary>Who took most of the decisions; null: nobody knows that policy, or it cannot be made.</summary>
    public RecordedPolicy? Logger => _loggers.Most is { IsMade: true } most ? most : null;

    /// <summary>Takes the next record.</summary>
    /// <param name="record">An experience, or its revision.</param>
    public void Take(in ExperienceView record)
    {
        if (_outcomes.TryGetValue(record.Id, out LoggedOutcome? known))
        {
            (known.Utility, known.Answer) = (record.Utility, _labelled.Take(record, known.Answer));
            return;
        }

        if (record.JoinState == JoinState.Revised || record.HasSkipLearn)
        {
            Tally.Add(_leftOut, record.HasSkipLearn ? LogEvaluation.NotToBeLearned : LogEvaluation.Stray);
            return;
        }

        _loggers.Count(record.HasDigest ? shelf.Find(record.Digest) : null);
        string policy = _names.Of(record.Policy);
        bool isPlaced = record.HasWorker && record.HasVariant;
        float[] told = FloatsOf(record.Features), seen = record.FeatureLayout == _layout && policy == kind ? told : [];
        float[] ratios = record.FeatureLayout == FeatureEncoder.RatioLayout ? told : [];
        if (record.HasFull && FullDecisionView.TryDecode(record.Full, out FullDecisionView full, out _) && _choice.Restore(full) is null && full.Chosen >= 0)
            TakeFull(record.At, full.Chosen, ref seen, ref ratios);
        _outcomes.Add(record.Id, new LoggedOutcome
        {
            At = record.At, Utility = record.Utility, Answer = _labelled.Take(record), Weight = record.Weight,
            OnTime = record.OnTime && record.Status == ResultStatus.Ok, IsPlaced = isPlaced,
            Policy = seen.Length > 0 ? kind : policy, Scheduler = _names.Of(record.Scheduler), Deadline = record.DeadlineMicros * 1e-6f,
            Latency = record.LatencyMicros * 1e-6f, Energy = (float)record.EnergyJoules, Propensity = (float)record.Propensity, Explored = record.Explored,
            Features = ratios, Seen = seen,
        });
    }

    /// <summary>All requests, in the order of their decisions.</summary>
    /// <remarks>Answers without a label are worth what labels of others showed.</remarks>
    public IReadOnlyList<LoggedOutcome> InOrder()
    {
        LoggedOutcome[] outcomes = [.. _outcomes.Values.OrderBy(o => o.At)];
        foreach (LoggedOutcome outcome in outcomes)
        {
            outcome.Utility += _labelled.More(outcome.Answer, outcome.At);
            outcome.Answer = LabelledValues.Answer.None;
        }

        return outcomes;
    }

    /// <summary>A grid over the choices until an instant.</summary>
    /// <param name="last">µs since 1970.</param>
    /// <returns>null: none of them is recorded in full.</returns>
    public SupportGrid? Grid(long last)
    {
        float[] rows = [.. _rows.Where(r => r.At <= last).SelectMany(r => r.Row)];
        return rows.Length == 0 ? null : SupportGrid.Over(rows, SupportStudy.Parts);
    }

    private void TakeFull(long at, int chosen, ref float[] seen, ref float[] ratios)
    {
        _labelled.AccuracyWeight = _choice.Replay.Value.Accuracy;
        Candidates c = _choice.Replay.Candidates;
        if (c.HasRatios && ratios.Length == 0) FeatureEncoder.RatiosOf(c, chosen, ratios = new float[FeatureEncoder.RatioFields]);
        float[] row = new float[SupportGrid.Features];
        SupportGrid.Encode(c, _choice.Replay.View, chosen, row);
        if (row.All(float.IsFinite))
        {
            _rowsSeen++;
            if (_rows.Count < MostRows) _rows.Add((at, row));
            else if (_random.NextDouble() * _rowsSeen < MostRows) _rows[_random.NextInt32(MostRows)] = (at, row);
        }

        // Its features follow from what is recorded, whoever chose.
        if (_seesAll is null || _choice.Replay.Feasible == 0) return;
        _choice.Probabilities(_seesAll, ref _scratch);
        if (_seesAll.With(_choice.Replay.Price) is IFeaturePolicy policy) seen = policy.SeenOf(chosen).ToArray();
    }

    private float[] FloatsOf(ReadOnlySpan<byte> encoded)
    {
        int count = RecordedChoice.ReadFloats(encoded, ref _seen);
        return _seen.AsSpan(0, Math.Min(count, _seen.Length)).ToArray();
    }
}
