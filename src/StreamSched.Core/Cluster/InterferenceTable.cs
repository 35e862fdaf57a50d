namespace StreamSched.Core.Cluster;

/// <summary>All interference matrices of one class of device.</summary>
public sealed class InterferenceTable
{
    /// <summary>A device whose models do not slow each other down, or where nobody measured.</summary>
    public static readonly InterferenceTable None = new([]);

    private readonly Dictionary<string, InterferenceMatrix[]> _byVariant;

    /// <summary>Takes the matrices of a device.</summary>
    /// <param name="matrices">Any number per added model.</param>
    public InterferenceTable(IEnumerable<InterferenceMatrix> matrices)
    {
        _byVariant = matrices.GroupBy(m => m.Variant).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        FactorCount = _byVariant.Values.Sum(all => all.Sum(m => (m.Size + 1) * (m.Size + 1)));
    }

    /// <summary>Whether nothing was measured.</summary>
    public bool IsEmpty => _byVariant.Count == 0;

    /// <summary>How many factors all matrices have together.</summary>
    public int FactorCount { get; }

    /// <summary>The matrices of one added model.</summary>
    /// <param name="variant">The added model.</param>
    public IReadOnlyList<InterferenceMatrix> Of(string variant) => _byVariant.TryGetValue(variant, out InterferenceMatrix[]? matrices) ? matrices : [];

    /// <summary>
    /// Slow-down of <paramref name="variant"/> among expected co-runners. The matrix that covers most of them is read off; those that it does not know
    /// multiply by their own first column, as if the two effects were independent.
    /// </summary>
    /// <param name="variant">The added model.</param>
    /// <param name="names">The kinds of co-runners.</param>
    /// <param name="counts">How many of each are expected to run beside it.</param>
    public float Factor(string variant, ReadOnlySpan<string> names, ReadOnlySpan<float> counts)
    {
        if (!_byVariant.TryGetValue(variant, out InterferenceMatrix[]? matrices)) return 1;
        InterferenceMatrix? best = null;
        float covered = 0;
        foreach (InterferenceMatrix matrix in matrices)
        {
            float here = Count(matrix.CoRunnerA, names, counts) + (matrix.CoRunnerB == matrix.CoRunnerA ? 0 : Count(matrix.CoRunnerB, names, counts));
            if (here > covered) (best, covered) = (matrix, here);
        }

        if (best is null) return 1;
        float b = best.CoRunnerB == best.CoRunnerA ? 0 : Count(best.CoRunnerB, names, counts);
        float factor = best.Factor(Count(best.CoRunnerA, names, counts), b);
        for (int i = 0; i < names.Length; i++)
        {
            if (!(counts[i] > 0) || names[i] == best.CoRunnerA || names[i] == best.CoRunnerB) continue;
            foreach (InterferenceMatrix matrix in matrices)
            {
                if (matrix.CoRunnerA != names[i] && matrix.CoRunnerB != names[i]) continue;
                factor *= matrix.CoRunnerA == names[i] ? matrix.Factor(counts[i], 0) : matrix.Factor(0, counts[i]);
                break;
            }
        }

        return factor;
    }

    private static float Count(string name, ReadOnlySpan<string> names, ReadOnlySpan<float> counts)
    {
        int i = names.IndexOf(name);
        return i < 0 ? 0 : counts[i];
    }
}
