namespace StreamSched.Simulation.BadCandidates;

/// <summary>What became of the bad candidates of one kind.</summary>
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

    /// <summary>The largest of <see cref="CandidateFate.MostLoss"/>.</summary>
    public required double MostLoss { get; init; }

    /// <summary>The largest of <see cref="CandidateFate.Loss"/>.</summary>
    public required double MostTrueLoss { get; init; }

    /// <summary>Sums one kind up.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="days">All worlds.</param>
    public static CandidatesCell Of(string kind, IReadOnlyList<CandidateDay> days)
    {
        CandidateFate[] fates = [.. days.SelectMany(d => d.Fates).Where(f => f.Kind == kind)];
        return new CandidatesCell
        {
            Kind = kind, Count = fates.Length, Promoted = fates.Count(f => f.Promoted),
            Gates = fates.GroupBy(f => $"{f.Reached.ToString().ToUpperInvariant()}: {f.Gate ?? "none"}").OrderByDescending(g => g.Count())
                .ToDictionary(g => g.Key, g => g.Count()),
            MedianSeconds = Median(fates.Select(f => f.Seconds)), MostSeconds = fates.Max(f => f.Seconds),
            MedianWindows = Median(fates.Select(f => (double)f.Windows)), MostWindows = fates.Max(f => f.Windows),
            MostWindowsAfterHarm = fates.Max(f => f.WindowsAfterHarm), MostLoss = fates.Max(f => f.MostLoss), MostTrueLoss = fates.Max(f => f.Loss),
        };
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }
}
