namespace StreamSched.Analysis.Twins;

/// <summary>How often a variant was right, where devices told the true classes.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Sites">Of the devices; empty: of all.</param>
/// <param name="Labels">How many were told.</param>
/// <param name="Levels">When it was right how often; only where that is not what is registered.</param>
internal sealed record AccuracyFit(
    string Variant, IReadOnlyList<string> Sites, int Labels, IReadOnlyList<(double From, double To, double Accuracy)> Levels)
{
    // A site with fewer labels is taken to be as all are together.
    private const int Fewest = 60, Windows = 20;

    // So many standard errors apart two windows are not the same, and one is not as registered.
    private const double Apart = 3;
    private const double Least = 0.001;

    /// <summary>Finds out how right a variant was with the frames of the devices of each site.</summary>
    /// <param name="variant">The variant.</param>
    /// <param name="registered">Its accuracy by the manifest.</param>
    /// <param name="sites">All sites of devices.</param>
    /// <param name="told">Site of the device, instant of the answer, and whether it was right; in the order of time.</param>
    /// <param name="duration">Seconds.</param>
    public static IEnumerable<AccuracyFit> BySite(
        string variant, double registered, IReadOnlyList<string> sites, IReadOnlyList<(string Site, double At, bool IsRight)> told, double duration)
    {
        ILookup<string, (double, bool)> bySite = told.ToLookup(t => t.Site, t => (t.At, t.IsRight), StringComparer.Ordinal);
        string[] few = [.. sites.Where(s => bySite[s].Count() < Fewest)];
        if (few.Length > 0) yield return With(few, told.Select(t => (t.At, t.IsRight)));
        foreach (string site in sites.Except(few)) yield return With([site], bySite[site]);

        AccuracyFit With(IReadOnlyList<string> of, IEnumerable<(double, bool)> labels) =>
            Of(variant, registered, [.. labels], duration) with { Sites = of.Count == sites.Count ? [] : of };
    }

    // How right it was by labels that are taken together.
    private static AccuracyFit Of(string variant, double registered, IReadOnlyList<(double At, bool IsRight)> told, double duration)
    {
        int size = Math.Max(Fewest, told.Count / Windows);
        List<(double From, double To, int Right, int All)> parts = [];
        for (int i = 0; i < told.Count; i += size)
        {
            (double, bool)[] window = [.. told.Skip(i).Take(size)];
            if (window.Length < Fewest && parts.Count > 0) break;
            double from = i == 0 ? 0 : told[i].At, to = i + size < told.Count ? told[i + size].At : duration;
            int right = window.Count(w => w.Item2);
            if (parts.Count > 0 && !Differ(Rate(parts[^1].Right, parts[^1].All), parts[^1].All, Rate(right, window.Length), window.Length))
                parts[^1] = (parts[^1].From, to, parts[^1].Right + right, parts[^1].All + window.Length);
            else parts.Add((from, to, right, window.Length));
        }

        return new AccuracyFit(
            variant, [], told.Count,
            [
                .. from part in parts
                   where part.All >= Fewest && Differ(Rate(part.Right, part.All), part.All, registered, int.MaxValue)
                   select (part.From, part == parts[^1] ? duration : part.To, Math.Clamp(Rate(part.Right, part.All), Least, 1)),
            ]);
    }

    private static double Rate(int right, int all) => right / (double)all;

    private static bool Differ(double a, int inA, double b, int inB)
    {
        double p = Math.Clamp(((a * inA) + (b * inB)) / ((double)inA + inB), 0.01, 0.99);
        return Math.Abs(a - b) > Apart * Math.Sqrt(p * (1 - p) * ((1.0 / inA) + (1.0 / inB)));
    }
}
