namespace StreamSched.Analysis.Replays;

/// <summary>How the decisions of one policy version came out when they were taken again.</summary>
/// <param name="policy">Name of the policy in force.</param>
/// <param name="version">Its version, as schedulers number it.</param>
/// <param name="digest">First bytes of its digest, as hexadecimal digits; empty: records did not tell.</param>
internal sealed class VersionAgreement(string policy, int version, string digest)
{
    /// <summary>Name of the policy in force.</summary>
    public string Policy => policy;

    /// <summary>Its version.</summary>
    public int Version => version;

    /// <summary>First bytes of its digest.</summary>
    public string Digest => digest;

    /// <summary>Decisions in full.</summary>
    public long Full { get; set; }

    /// <summary>Of these, how many were the same: choice, propensity, and whether it was explored.</summary>
    public long Same { get; set; }

    /// <summary>How many of the same had nothing to choose from: no candidate was feasible.</summary>
    public long Trivial { get; set; }

    /// <summary>How many were taken by a policy that stepped in.</summary>
    public long StoodIn { get; set; }

    /// <summary>How many differed.</summary>
    public long Differing { get; set; }

    /// <summary>How many could not be taken again, by the reason.</summary>
    public SortedDictionary<string, long> Skipped { get; } = new(StringComparer.Ordinal);
}
