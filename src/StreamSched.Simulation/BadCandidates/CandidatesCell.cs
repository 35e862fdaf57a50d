using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>What became of the bad candidates of one kind. Differences are candidate less champion in points; intervals are of 95 %, over worlds.</summary>
internal sealed record CandidatesCell
{
    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>How many were proposed.</summary>
    public required int Count { get; init; }

    /// <summary>How many each gate has stopped, by "STATE: gate".</summary>
    public required IReadOnlyDictionary<string, int> Gates { get; init; }

    /// <summary>How many came into force.</summary>
    public required int Promoted { get; init; }

    /// <summary>Of them those that are not worse in truth.</summary>
    public required int NotWorse { get; init; }

    /// <summary>From the proposal until it was stopped: the median, in seconds.</summary>
    public required double MedianSeconds { get; init; }

    /// <summary>The longest, in seconds.</summary>
    public required double MostSeconds { get; init; }

    /// <summary>Windows that one served: the median.</summary>
    public required double MedianWindows { get; init; }

    /// <summary>The most.</summary>
    public required int MostWindows { get; init; }

    /// <summary>The most windows after the interval of a guard had shown harm.</summary>
    public required int MostWindowsAfterHarm { get; init; }

    /// <summary>The largest loss that one can have caused, by the interval that stopped it, in points of an hour's value.</summary>
    public required double MostLoss { get; init; }

    /// <summary>The largest loss that one has caused, by the truth, in points of an hour's value.</summary>
    public required double MostTrueLoss { get; init; }

    /// <summary>How many reached a trial.</summary>
    public required int Tried { get; init; }

    /// <summary>All requests under the candidate less all under the champion; null: none reached a trial.</summary>
    public required Interval? Truth { get; init; }

    /// <summary>What a canary on a tenth of the requests says; null as above.</summary>
    public required Interval? Canary { get; init; }

    /// <summary>How many the canary takes for better than the champion, of those that are worse in truth.</summary>
    public required int CanaryFooled { get; init; }

    /// <summary>Sums one kind up.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="days">All worlds.</param>
    public static CandidatesCell Of(string kind, IReadOnlyList<CandidateDay> days)
    {
        CandidateFate[] fates = [.. days.SelectMany(d => d.Fates).Where(f => f.Kind == kind)], tried = [.. fates.Where(f => f.Truth is not null)];
        return new CandidatesCell
        {
            Kind = kind, Count = fates.Length, Promoted = fates.Count(f => f.Promoted), NotWorse = tried.Count(f => f.Truth >= 0),
            Gates = fates.GroupBy(f => $"{f.Reached.ToString().ToUpperInvariant()}: {f.Gate ?? "none"}").OrderByDescending(g => g.Count())
                .ToDictionary(g => g.Key, g => g.Count()),
            MedianSeconds = Median(fates.Select(f => f.Seconds)), MostSeconds = fates.Max(f => f.Seconds),
            MedianWindows = Median(fates.Select(f => (double)f.Windows)), MostWindows = fates.Max(f => f.Windows),
            MostWindowsAfterHarm = fates.Max(f => f.WindowsAfterHarm), MostLoss = fates.Max(f => f.MostLoss),
            MostTrueLoss = fates.Max(f => f.Served / 3600 * Math.Max(0, -(f.Truth ?? 0))), Tried = tried.Length,
            Truth = OverDays(f => f.Truth), Canary = OverDays(f => f.Canary), CanaryFooled = tried.Count(f => f is { Truth: < 0, Canary: > 0 }),
        };

        // The candidates of a world share its random numbers, so the worlds are what is independent.
        Interval? OverDays(Func<CandidateFate, double?> of)
        {
            double[] means = [.. days.Select(d => d.Fates.Where(f => f.Kind == kind).Average(of)).OfType<double>()];
            return means.Length == 0 ? null : Statistics.Mean(means);
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }
}
