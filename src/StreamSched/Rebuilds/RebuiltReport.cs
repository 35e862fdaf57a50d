using System.Globalization;

namespace StreamSched.Rebuilds;

/// <summary>What <c>streamsched replay --rebuild</c> found.</summary>
internal sealed record RebuiltReport
{
    /// <summary>How near it is to what happened: never bit for bit.</summary>
    public string Kind { get; } = "approximate";

    /// <summary>Where the part begins.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Where it ends.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Who was asked instead of those who decided; null: those were.</summary>
    public required string? With { get; init; }

    /// <summary>Schedulers whose views were built.</summary>
    public required int Schedulers { get; init; }

    /// <summary>Decisions that were read.</summary>
    public required long Decisions { get; init; }

    /// <summary>Decisions that were compared.</summary>
    public required long Compared { get; init; }

    /// <summary>With which probability the same would have been chosen, over those that were compared; null: none was.</summary>
    public required double? Agreement { get; init; }

    /// <summary>Decisions whose request was not read.</summary>
    public required long WithoutRequest { get; init; }

    /// <summary>Records that could not be read.</summary>
    public required long Unreadable { get; init; }

    /// <summary>What was wrong with the first of them; null: nothing.</summary>
    public required string? FirstFault { get; init; }

    /// <summary>By version.</summary>
    public required IReadOnlyList<RebuiltVersion> Versions { get; init; }

    /// <summary>How far the predicted waiting is from the recorded one, in milliseconds.</summary>
    public required Apart? WaitingMilliseconds { get; init; }

    /// <summary>How far the probability of being in time is from the recorded one.</summary>
    public required Apart? OnTime { get; init; }

    /// <summary>Seconds that it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>How far numbers are apart.</summary>
    /// <param name="Median">The median.</param>
    /// <param name="P90">The 90th percentile.</param>
    /// <param name="P99">The 99th.</param>
    internal sealed record Apart(double Median, double P90, double P99)
    {
        /// <summary>Makes it.</summary>
        /// <param name="differences">The numbers.</param>
        /// <param name="unit">What they are multiplied by.</param>
        public static Apart? Of(Differences differences, double unit) => double.IsNaN(differences.At(0)) ? null
            : new Apart(unit * differences.At(0.5), unit * differences.At(0.9), unit * differences.At(0.99));

        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0.###} at the median, p90 {P90:0.###}, p99 {P99:0.###}");
    }

    /// <summary>Makes it.</summary>
    /// <param name="replay">What took decisions again.</param>
    /// <param name="topics">Where they come from.</param>
    /// <param name="span">Which part.</param>
    /// <param name="with">Who was asked; null: those who decided.</param>
    /// <param name="took">How long it took.</param>
    public static RebuiltReport Of(RebuiltReplay replay, RebuiltTopics topics, (DateTimeOffset From, DateTimeOffset To) span, string? with, TimeSpan took)
    {
        RebuiltVersion[] versions = [.. replay.Versions];
        long compared = versions.Sum(v => v.Compared);
        return new RebuiltReport
        {
            From = span.From, To = span.To, With = with, Schedulers = replay.Schedulers, Decisions = replay.Decisions, Compared = compared,
            Agreement = compared == 0 ? null : versions.Sum(v => v.Same) / compared, WithoutRequest = replay.WithoutRequest,
            Unreadable = topics.Unreadable, FirstFault = topics.FirstFault, Versions = versions,
            WaitingMilliseconds = Apart.Of(replay.Waiting, 1000), OnTime = Apart.Of(replay.OnTime, 1), Seconds = took.TotalSeconds,
        };
    }
}
