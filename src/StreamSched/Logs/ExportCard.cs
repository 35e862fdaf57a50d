using System.Globalization;
using System.Text;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;

namespace StreamSched.Logs;

/// <summary>What stands beside exported files: what they hold, and what not. Goes on where an interrupted export stood.</summary>
internal sealed class ExportCard
{
    /// <summary>Records of experience.</summary>
    public long Records { get; set; }

    /// <summary>Decisions that got a result.</summary>
    public long Joined { get; set; }

    /// <summary>Decisions without one.</summary>
    public long Unanswered { get; set; }

    /// <summary>Corrections by feedback: further rows of decisions that have one already.</summary>
    public long Revised { get; set; }

    /// <summary>Decisions that were explored.</summary>
    public long Explored { get; set; }

    /// <summary>Decisions in full.</summary>
    public long Full { get; set; }

    /// <summary>Over those in full, the sum of one over the probability of being so.</summary>
    public double InverseRates { get; set; }

    /// <summary>The sum of the squares.</summary>
    public double InverseRateSquares { get; set; }

    /// <summary>Records that could not be read, and are in no file.</summary>
    public long Unreadable { get; set; }

    /// <summary>Decisions that are in no file, since they are in short or the policy that took them cannot be asked again.</summary>
    public long Untold { get; set; }

    /// <summary>Decisions that are in no array, so that all were equally likely to be there.</summary>
    public long Thinned { get; set; }

    /// <summary>When the first decision was taken, µs since 1970; 0: there is none.</summary>
    public long First { get; set; }

    /// <summary>When the last one was.</summary>
    public long Last { get; set; }

    /// <summary>The least propensity.</summary>
    public double LeastPropensity { get; set; } = 1;

    /// <summary>Decisions by the version that took them.</summary>
    public SortedDictionary<string, long> Versions { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Decisions by scheduler.</summary>
    public SortedDictionary<string, long> Schedulers { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Decisions in full by ε.</summary>
    public SortedDictionary<string, long> Explorations { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Decisions from which nothing is to be learned, by the reason; they are in the files.</summary>
    public SortedDictionary<string, long> Skipped { get; init; } = new(StringComparer.Ordinal);

    /// <summary>How many decisions the ones in full are worth for an estimate of the policy that took them.</summary>
    public double EffectiveSampleSize => InverseRateSquares > 0 ? InverseRates * InverseRates / InverseRateSquares : 0;

    /// <summary>Share of the decisions with a result.</summary>
    public double JoinRate => Joined + Unanswered > 0 ? Joined / (double)(Joined + Unanswered) : 0;

    /// <summary>Takes a record into account.</summary>
    /// <param name="r">The record.</param>
    public void Count(in ExperienceView r)
    {
        Records++;
        if (r.JoinState == JoinState.Revised)
        {
            Revised++;
            return;
        }

        Joined += r.Status is null ? 0 : 1;
        Unanswered += r.Status is null ? 1 : 0;
        Explored += r.Explored ? 1 : 0;
        (First, Last) = (First == 0 ? r.At : Math.Min(First, r.At), Math.Max(Last, r.At));
        LeastPropensity = Math.Min(LeastPropensity, r.Propensity);
        string digest = r.HasDigest ? " " + Convert.ToHexStringLower(r.Digest) : "";
        Tally.Add(Versions, string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(r.Policy)} v{r.PolicyVersion}{digest}"));
        Tally.Add(Schedulers, Encoding.UTF8.GetString(r.Scheduler));
        if (r.HasSkipLearn) Tally.Add(Skipped, Encoding.UTF8.GetString(r.SkipLearn));
        if (!r.HasFull || !FullDecisionView.TryDecode(r.Full, out FullDecisionView full, out _)) return;
        Full++;
        double inverse = r.SampleRate > 0 ? 1 / r.SampleRate : 1;
        (InverseRates, InverseRateSquares) = (InverseRates + inverse, InverseRateSquares + (inverse * inverse));
        if (full.Layout != RecordLayout.Version) return;
        Span<float> context = stackalloc float[RecordLayout.ContextFields];
        if (new Avro.Binary.AvroReader(full.Context).ReadFloats(context) == context.Length)
            Tally.Add(Explorations, context[FeatureEncoder.ContextFields].ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>For people.</summary>
    /// <param name="parts">Where the records were.</param>
    /// <param name="files">What was written.</param>
    public string ToMarkdown(IEnumerable<LoggedPart> parts, IEnumerable<string> files)
    {
        StringBuilder text = new("# Data card\n\n");
        Line($"{Records:N0} records of experience: {Joined:N0} decisions with a result, {Unanswered:N0} without one ({100 * JoinRate:0.00} % joined), ");
        Line($"{Revised:N0} corrections by feedback.\n\n");
        if (First > 0) Line($"Decided between {Instant(First)} and {Instant(Last)}.\n\n");
        Line($"{Full:N0} decisions are in full; weighted by one over the probability of that they are worth {EffectiveSampleSize:N0}. ");
        Line($"{Explored:N0} decisions were explored. The least propensity is {LeastPropensity:g4}.\n");
        Section("Versions", Versions);
        Section("Schedulers", Schedulers);
        Section("ε, of the decisions in full", Explorations);
        Section("Nothing is to be learned from these (they are in the files)", Skipped);
        text.Append("\n## Where the records were\n\n");
        foreach (LoggedPart p in parts)
        {
            string end = p.To == long.MaxValue ? "end" : p.To.ToString(CultureInfo.InvariantCulture);
            Line($"- {p.Source}: [{p.From}, {end}){(p.Gone > 0 ? $", {p.Gone} before that had left the topic" : "")}\n");
        }

        text.Append("\n## Left out\n\n");
        Line($"{Unreadable:N0} records that could not be read.");
        if (Untold > 0) Line($" {Untold:N0} decisions in short, without a choice, or by a policy that cannot be asked again.");
        if (Thinned > 0) Line($" {Thinned:N0} decisions, by chance, so that all were equally likely to be there.");
        text.Append("\n\n## Files\n\n");
        foreach (string file in files) text.Append("- ").Append(file).Append('\n');
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture));

        void Section(string title, SortedDictionary<string, long> counts)
        {
            if (counts.Count == 0) return;
            text.Append("\n## ").Append(title).Append("\n\n");
            foreach ((string name, long count) in counts) Line($"- {name}: {count:N0}\n");
        }
    }

    private static string Instant(long micros) =>
        DateTimeOffset.UnixEpoch.AddTicks(10 * micros).ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
