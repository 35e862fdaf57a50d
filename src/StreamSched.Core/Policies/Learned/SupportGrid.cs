using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Cells of what a policy finds best: its on-time logit, waiting and network over what is left of the deadline, the utilisation of its processor and its
/// accuracy, each cut where a log had equal parts. Outside of what the log had there is no cell. A refusal is a cell of its own.
/// </summary>
public sealed class SupportGrid
{
    /// <summary>Features of a cell: logit, waiting, network, utilisation, accuracy.</summary>
    public const int Features = 5;

    /// <summary>Most parts of a feature.</summary>
    public const int MostParts = 8;

    /// <summary>What is outside of every cell.</summary>
    public const int Outside = -1;

    private readonly float[][] _edges;

    /// <summary>A grid.</summary>
    /// <param name="edges">[<see cref="Features"/>] the least value, where parts end, and the largest value of each feature: 2 to 9 numbers that rise.</param>
    /// <exception cref="ArgumentException">They are something else.</exception>
    public SupportGrid(IReadOnlyList<float[]> edges)
    {
        if (edges.Count != Features) throw new ArgumentException($"a grid has {Features} features, not {edges.Count}", nameof(edges));
        foreach (float[] feature in edges)
        {
            if (feature is not { Length: >= 2 and <= MostParts + 1 }) throw new ArgumentException($"a feature has 2 to {MostParts + 1} edges", nameof(edges));
            for (int e = 0; e < feature.Length; e++)
            {
                if (!float.IsFinite(feature[e]) || (e > 0 && feature[e] < feature[e - 1]))
                    throw new ArgumentException("edges are numbers that do not fall", nameof(edges));
            }
        }

        _edges = [.. edges];
        Cells = 1;
        foreach (float[] feature in edges) Cells *= feature.Length - 1;
        Cells++;
    }

    /// <summary>How many cells there are, that of a refusal being the last.</summary>
    public int Cells { get; }

    /// <summary>The edges of each feature.</summary>
    public IReadOnlyList<float[]> Edges => _edges;

    /// <summary>
    /// A grid over values that were seen, with equal parts of them between its edges. A value that many share, say the accuracy of the variant that was chosen
    /// most, ends its part, and what is left is cut into equal parts; so few different values have a part each.
    /// </summary>
    /// <param name="rows">[n, <see cref="Features"/>] row by row, one row at least.</param>
    /// <param name="parts">Parts of each feature, 1 to <see cref="MostParts"/>.</param>
    public static SupportGrid Over(ReadOnlySpan<float> rows, int parts)
    {
        int n = rows.Length / Features;
        float[][] edges = new float[Features][];
        float[] column = new float[n];
        for (int f = 0; f < Features; f++)
        {
            for (int i = 0; i < n; i++) column[i] = rows[(i * Features) + f];
            Array.Sort(column);
            List<float> cut = [column[0]];
            int start = 0; // of the part that the next edge ends
            for (int left = parts; left > 1; left--)
            {
                int edge = start + ((n - start) / left);
                while (edge < n && column[edge] == cut[^1]) edge++;
                if (edge == n) break;
                while (column[edge - 1] == column[edge]) edge--;
                cut.Add(column[start = edge]);
            }

            cut.Add(column[^1]);
            edges[f] = [.. cut];
        }

        return new SupportGrid(edges);
    }

    /// <summary>Writes the features of a candidate.</summary>
    /// <param name="c">The candidates of a decision.</param>
    /// <param name="view">The view that they were made from, before the decision is counted in.</param>
    /// <param name="i">Index of the candidate.</param>
    /// <param name="features">[<see cref="Features"/>].</param>
    internal static void Encode(Candidates c, ClusterView view, int i, Span<float> features)
    {
        float left = Math.Max(c.Remaining, 0.001f);
        features[0] = OnTimeModel.Logit(c.Slack[i], c.Width[i]);
        features[1] = Math.Clamp(c.Waiting[i] / left, 0, 2);
        features[2] = Math.Clamp((c.NetworkOut[i] + c.NetworkBack[i]) / left, 0, 2);
        features[3] = Math.Clamp(view.Utilisation[c.Processor[i]], 0, 2);
        features[4] = c.Accuracy[i];
    }

    /// <summary>The cell of a decision.</summary>
    /// <param name="c">Its candidates.</param>
    /// <param name="view">The view that they were made from.</param>
    /// <param name="best">What a policy finds best; -1: a refusal.</param>
    /// <returns><see cref="Outside"/>: the log had nothing like it.</returns>
    internal int CellOf(Candidates c, ClusterView view, int best)
    {
        if (best < 0) return Cells - 1;
        Span<float> features = stackalloc float[Features];
        Encode(c, view, best, features);
        return CellOf(features);
    }

    /// <summary>The cell of a candidate.</summary>
    /// <param name="features">[<see cref="Features"/>].</param>
    /// <returns><see cref="Outside"/>: the log had nothing like it.</returns>
    public int CellOf(ReadOnlySpan<float> features)
    {
        int cell = 0;
        for (int f = 0; f < Features; f++)
        {
            float[] edges = _edges[f];
            float value = features[f];
            if (!(value >= edges[0] && value <= edges[^1])) return Outside;
            int part = 0;
            while (part < edges.Length - 2 && value >= edges[part + 1]) part++;
            cell = (cell * (edges.Length - 1)) + part;
        }

        return cell;
    }
}
