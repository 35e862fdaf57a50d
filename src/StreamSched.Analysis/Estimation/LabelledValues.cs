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
    private readonly Dictionary<(string Task, string Variant), VariantLabels> _variants = [];
    private readonly Dictionary<(VariantLabels Variant, string Site), int> _index = [];
    private readonly List<SiteLabels> _sites = [];
    private long _first = long.MaxValue, _last = long.MinValue;

    /// <summary>What is kept of an answer.</summary>
    /// <param name="Site">Index of the variant with the device's site; -1: it is no answer, or it has a label.</param>
    /// <param name="Weight">Of its request; 0: it was late.</param>
    internal readonly record struct Answer(int Site, float Weight)
    {
        /// <summary>One to which labels say nothing.</summary>
        public static Answer None { get; } = new(-1, 0);
    }

    /// <summary>How much the value of an answer depends on its accuracy, by the log's own weights.</summary>
    public double AccuracyWeight { get; set; }

    /// <summary>Answers in time without a label whose variant was not as accurate as registered.</summary>
    public long Corrected { get; private set; }

    /// <summary>The variants of these answers.</summary>
    public IReadOnlyList<string> Variants => [.. _sites.Where(s => s.Fit?.Levels.Count > 0).Select(s => s.Variant.Name).Distinct()];

    /// <summary>Takes a record.</summary>
    /// <param name="record">The record.</param>
    public Answer Take(in ExperienceView record)
    {
        if (record.Status != ResultStatus.Ok || !record.HasVariant) return Answer.None;
        (string, string) key = (_names.Of(record.Task), _names.Of(record.Variant));
        if (!_variants.TryGetValue(key, out VariantLabels? labels)) _variants.Add(key, labels = new VariantLabels(key.Item2));
        string site = _sites.Count < Most ? _names.Of(record.Site) : "";
        if (!_index.TryGetValue((labels, site), out int at))
        {
            _index.Add((labels, site), at = _sites.Count);
            _sites.Add(new SiteLabels(labels, site));
            labels.Sites.Add(site);
        }

        (_first, _last) = (Math.Min(_first, record.At), Math.Max(_last, record.At));
        labels.Registered = record.Accuracy;
        if (record.Label is { } label && record.Output is { } output)
        {
            labels.Told.Add((site, record.At, label == output));
            return Answer.None;
        }

        bool isOnTime = record.OnTimeTold ?? (record.Received is { } held ? held - record.Created <= record.DeadlineMicros : record.OnTime);
        return new Answer(at, isOnTime ? record.Weight : 0);
    }

    /// <summary>Takes another record of the same request, or the same one again.</summary>
    /// <param name="record">The record.</param>
    /// <param name="before">What was kept of it so far: a label counts once.</param>
    public Answer Take(in ExperienceView record, Answer before) => before.Site < 0 ? before : Take(record);

    /// <summary>How much more an answer was worth than its record says, when all records are there.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="at">When it was decided, µs since 1970.</param>
    public double More(Answer answer, long at)
    {
        if (answer.Site < 0 || answer.Weight <= 0 || AccuracyWeight == 0) return 0;
        SiteLabels labels = _sites[answer.Site];
        labels.Fit ??= labels.Variant.Fits(_first, _last).First(f => f.Sites.Count == 0 || f.Sites.Contains(labels.Name));
        double instant = 1e-6 * (at - _first);
        foreach ((double from, double to, double accuracy) in labels.Fit.Levels)
        {
            if (instant < from || instant > to) continue;
            Corrected++;
            return answer.Weight * AccuracyWeight * (accuracy - labels.Variant.Registered);
        }

        return 0;
    }

    private sealed class SiteLabels(VariantLabels variant, string name)
    {
        public VariantLabels Variant => variant;

        public string Name => name;

        public AccuracyFit? Fit { get; set; }
    }

    private sealed class VariantLabels(string name)
    {
        private AccuracyFit[]? _fits;

        public string Name => name;

        public float Registered { get; set; }

        public List<string> Sites { get; } = [];

        public List<(string Site, long At, bool IsRight)> Told { get; } = [];

        public AccuracyFit[] Fits(long first, long last) => _fits ??=
        [
            .. AccuracyFit.BySite(
                name, Registered, Sites, [.. Told.OrderBy(t => t.At).Select(t => (t.Site, 1e-6 * (t.At - first), t.IsRight))],
                Math.Max(1, 1e-6 * (last - first))),
        ];
    }
}
