namespace StreamSched.Rebuilds;

/// <summary>How the decisions of one policy version came out in a rebuilt view.</summary>
/// <param name="policy">Name of the policy in force.</param>
/// <param name="version">Its version, as schedulers number it.</param>
/// <param name="digest">First bytes of its digest, as hexadecimal digits; empty: records did not tell.</param>
internal sealed class RebuiltVersion(string policy, int version, string digest)
{
    /// <summary>Name of the policy in force.</summary>
    public string Policy => policy;

    /// <summary>Its version.</summary>
    public int Version => version;

    /// <summary>First bytes of its digest.</summary>
    public string Digest => digest;

    /// <summary>Decisions that were not explored and that could be asked for again.</summary>
    public long Compared { get; set; }

    /// <summary>
    /// Of these, how many are the same: where the policy draws, by how much of the recorded probability it would still give to what was drawn, so that the mean
    /// is one less the total variation distance of what it draws from (but for what exploration adds to recorded probabilities).
    /// </summary>
    public double Same { get; set; }

    /// <summary>Decisions for a placement that could not be chosen in the rebuilt view.</summary>
    public long NotThere { get; set; }

    /// <summary>Decisions that were explored, and so tell nothing of what the policy would choose.</summary>
    public long Explored { get; set; }

    /// <summary>How many could not be asked for again, by the reason.</summary>
    public SortedDictionary<string, long> Skipped { get; } = new(StringComparer.Ordinal);
}
