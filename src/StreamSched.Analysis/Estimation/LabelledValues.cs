using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Twins;
using StreamSched.Avro.Records;

namespace StreamSched.Analysis.Estimation;

/// <summary>
/// What answers that nobody labelled were worth, by the labels of other answers of the same variant to devices of the same site at about the same time (<see
/// cref="AccuracyFit"/>); where these are few, to devices of all sites. Records have them as accurate as registered, which is wrong where a model drifts.
/// Labels are taken to be missing whether an answer is right or not.
/// </summary>
internal sealed class LabelledValues
{
    private const int Most = 4096; // names that devices give themselves
    private readonly TextCache _names = new();
    private readonly Dictionary<(string Task, string Variant, string? Site), int> _index = [];
    private readonly List<VariantLabels> _variants = [];
    private long _first = long.MaxValue, _last = long.MinValue;

    /// <summary>What is kept of an answer.</summary>
    /// <param name="Variant">Index of the variant for the device's site; -1: it is no answer, or it has a label.</param>
    /// <param name="Weight">Of its request; 0: it was late.</param>
    internal readonly record struct Answer(int Variant, float Weight)
    {
        /// <summary>One to which labels say nothing.</summary>
        public static Answer None { get; } = new(-1, 0);
    }

    /// <summary>How much the value of an answer depends on its accuracy, by the log's own weights.</summary>
    public double AccuracyWeight { get; set; }

    /// <summary>Answers in time without a label whose variant was not as accurate as registered.</summary>
    public long Corrected { get; private set; }

    /// <summary>The variants of these answers.</summary>
    public IReadOnlyList<string> Variants => [.. _variants.Where(v => v.Fit?.Levels.Count > 0).Select(v => v.Name).Distinct()];

    /// <summary>Takes a record.</summary>
    /// <param name="record">The record.</param>
    public Answer Take(in ExperienceView record)
    {
        if (record.Status != ResultStatus.Ok || !record.HasVariant) return Answer.None;
        (string task, string name) = (_names.Of(record.Task), _names.Of(record.Variant));
        int everywhere = IndexOf(task, name, null, -1);
        int variant = _variants.Count < Most ? IndexOf(task, name, _names.Of(record.Site), everywhere) : everywhere;
        (_first, _last) = (Math.Min(_first, record.At), Math.Max(_last, record.At));
        _variants[everywhere].Registered = _variants[variant].Registered = record.Accuracy;
        if (record.Label is { } label && record.Output is { } output)
        {
            _variants[everywhere].Told.Add((record.At, label == output));
            if (variant != everywhere) _variants[variant].Told.Add((record.At, label == output));
            return Answer.None;
        }

        bool isOnTime = record.OnTimeTold ?? (record.Received is { } held ? held - record.Created <= record.DeadlineMicros : record.OnTime);
        return new Answer(variant, isOnTime ? record.Weight : 0);
    }

    /// <summary>Takes another record of the same request, or the same one again.</summary>
    /// <param name="record">The record.</param>
    /// <param name="before">What was kept of it so far: a label counts once.</param>
    public Answer Take(in ExperienceView record, Answer before) => before.Variant < 0 ? before : Take(record);

    /// <summary>How much more an answer was worth than its record says, when all records are there.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="at">When it was decided, µs since 1970.</param>
    public double More(Answer answer, long at)
    {
        if (answer.Variant < 0 || answer.Weight <= 0 || AccuracyWeight == 0) return 0;
        double duration = Math.Max(1, 1e-6 * (_last - _first));
        VariantLabels labels = _variants[answer.Variant];
        if (labels.Told.Count < AccuracyFit.Fewest && labels.Everywhere >= 0) labels = _variants[labels.Everywhere];
        labels.Fit ??= AccuracyFit.Of(
            labels.Name, labels.Registered, [.. labels.Told.OrderBy(t => t.At).Select(t => (1e-6 * (t.At - _first), t.IsRight))], duration);
        double instant = 1e-6 * (at - _first);
        foreach ((double from, double to, double accuracy) in labels.Fit.Levels)
        {
            if (instant < from || instant > to) continue;
            Corrected++;
            return answer.Weight * AccuracyWeight * (accuracy - labels.Registered);
        }

        return 0;
    }

    private int IndexOf(string task, string variant, string? site, int everywhere)
    {
        if (_index.TryGetValue((task, variant, site), out int index)) return index;
        _index.Add((task, variant, site), index = _variants.Count);
        _variants.Add(new VariantLabels(variant, everywhere));
        return index;
    }

    private sealed class VariantLabels(string name, int everywhere)
    {
        public string Name => name;

        public int Everywhere => everywhere;

        public float Registered { get; set; }

        public List<(long At, bool IsRight)> Told { get; } = [];

        public AccuracyFit? Fit { get; set; }
    }
}
