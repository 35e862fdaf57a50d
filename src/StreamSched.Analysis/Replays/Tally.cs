namespace StreamSched.Analysis.Replays;

/// <summary>Counts by name, of so many names at the most: a log that names more is damaged or hostile.</summary>
internal static class Tally
{
    /// <summary>What further names are counted under.</summary>
    public const string Others = "others";

    private const int Most = 1000;

    /// <summary>Counts one more.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="name">What is counted.</param>
    public static void Add(SortedDictionary<string, long> counts, string name)
    {
        if (counts.Count >= Most && !counts.ContainsKey(name)) name = Others;
        counts[name] = counts.GetValueOrDefault(name) + 1;
    }
}
