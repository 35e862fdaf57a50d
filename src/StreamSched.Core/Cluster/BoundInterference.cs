namespace StreamSched.Core.Cluster;

/// <summary>
/// An <see cref="InterferenceTable"/> for a fixed list of kinds of co-runners, so that a factor is found by index instead of by name: it is asked for whenever
/// the co-runners of a worker change. Gives exactly what the table gives.
/// </summary>
public sealed class BoundInterference
{
    private readonly Bound[][] _matrices;

    // By variant: the first matrix that has both of two kinds, or one (both indices the same); -1: there is none.
    private readonly int[][] _first;
    private readonly int _kinds;

    /// <summary>Resolves the names once.</summary>
    /// <param name="table">The matrices.</param>
    /// <param name="names">The kinds of co-runners; also the variants that factors are asked for.</param>
    public BoundInterference(InterferenceTable table, IReadOnlyList<string> names)
    {
        string[] all = [.. names];
        _matrices =
            [.. all.Select(name => table.Of(name).Select(m => new Bound(m, Array.IndexOf(all, m.CoRunnerA), Array.IndexOf(all, m.CoRunnerB))).ToArray())];
        _kinds = all.Length;
        _first = [.. _matrices.Select(m =>
            Enumerable.Range(0, _kinds * _kinds).Select(pair => Array.FindIndex(m, x => x.Has(pair / _kinds) && x.Has(pair % _kinds))).ToArray())];
    }

    /// <summary>Slow-down of a variant among expected co-runners, as <see cref="InterferenceTable.Factor"/>.</summary>
    /// <param name="variant">Index of the added model.</param>
    /// <param name="counts">How many of each kind run beside it.</param>
    public float Factor(int variant, ReadOnlySpan<float> counts)
    {
        Bound[] matrices = _matrices[variant];

        // Co-runners of one kind or two are nearly always all there are, and then it is known which matrix covers the most.
        int kinds = 0, a = 0, b = 0;
        for (int kind = 0; kind < counts.Length; kind++)
        {
            if (!(counts[kind] > 0)) continue;
            (a, b) = (kinds == 0 ? kind : a, kind);
            kinds++;
        }

        if (kinds == 0) return 1;
        if (kinds <= 2)
        {
            int first = _first[variant][(a * _kinds) + b];
            if (first >= 0) return matrices[first].Factor(counts);
            if (kinds == 1) return 1;
        }

        int best = -1;
        float covered = 0;
        for (int i = 0; i < matrices.Length; i++)
        {
            ref readonly Bound m = ref matrices[i];
            float here = (m.A < 0 ? 0 : counts[m.A]) + (m.B < 0 || m.B == m.A ? 0 : counts[m.B]);
            if (here > covered) (best, covered) = (i, here);
        }

        if (best < 0) return 1;
        ref readonly Bound found = ref matrices[best];
        float factor = found.Factor(counts);
        for (int kind = 0; kind < counts.Length; kind++)
        {
            if (!(counts[kind] > 0) || kind == found.A || kind == found.B) continue;
            foreach (ref readonly Bound m in matrices.AsSpan())
            {
                if (m.A != kind && m.B != kind) continue;
                factor *= m.A == kind ? m.Matrix.Factor(counts[kind], 0) : m.Matrix.Factor(0, counts[kind]);
                break;
            }
        }

        return factor;
    }

    private readonly record struct Bound(InterferenceMatrix Matrix, int A, int B)
    {
        public bool Has(int kind) => A == kind || B == kind;

        public float Factor(ReadOnlySpan<float> counts) => Matrix.Factor(A < 0 ? 0 : counts[A], B < 0 || B == A ? 0 : counts[B]);
    }
}
