using StreamSched.Analysis.Replays;
using StreamSched.Hosting;

namespace StreamSched.Logs;

/// <summary>What <c>streamsched replay --with</c> found.</summary>
internal sealed record ComparisonReport
{
    /// <summary>What was read.</summary>
    public required LogSummary Log { get; init; }

    /// <summary>The other policy.</summary>
    public required string With { get; init; }

    /// <summary>Full decisions with a choice.</summary>
    public required long Compared { get; init; }

    /// <summary>How many of them it would have taken otherwise.</summary>
    public required long Otherwise { get; init; }

    /// <summary>The estimated share of all decisions, 0..1.</summary>
    public required double Share { get; init; }

    /// <summary>Full decisions that could not be put back.</summary>
    public required long Skipped { get; init; }

    /// <summary>What instead of what, the most frequent first.</summary>
    public required IReadOnlyList<Instead> Pairs { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<DecisionPair> First { get; init; }

    /// <summary>Seconds that it took, reading included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Makes it.</summary>
    /// <param name="log">The log.</param>
    /// <param name="comparison">What compared it.</param>
    /// <param name="with">The other policy.</param>
    /// <param name="took">How long that took.</param>
    public static ComparisonReport Of(RecordedLog log, LogComparison comparison, PolicySource with, TimeSpan took) => new()
    {
        Log = LogSummary.Of(log), With = with.Name, Compared = comparison.Compared, Otherwise = comparison.Otherwise, Share = comparison.Share,
        Skipped = comparison.Skipped, Pairs = [.. comparison.Pairs.Select(p => new Instead(p.From, p.To, p.Count))],
        First = [.. comparison.Shown.Select(DecisionPair.Of)], Seconds = took.TotalSeconds,
    };

    /// <summary>One choice in place of another.</summary>
    /// <param name="Recorded">Processor and variant that were chosen.</param>
    /// <param name="Other">Those that the other policy would have chosen.</param>
    /// <param name="Count">How often.</param>
    internal sealed record Instead(string Recorded, string Other, long Count);
}
