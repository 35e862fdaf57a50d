using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamSched.Simulation.Topologies;

/// <summary>The nodes with coordinates and the edges of a GML file, as the Internet Topology Zoo writes them. Nodes are told apart by id: labels
/// repeat.</summary>
internal sealed partial class GmlGraph
{
    private const int MostNodes = 2000; // all pairs of them are looked at

    private readonly List<(int Id, string Label, double Latitude, double Longitude)> _nodes = [];
    private readonly List<(int A, int B)> _edges = [];

    public IReadOnlyList<(int Id, string Label, double Latitude, double Longitude)> Nodes => _nodes;

    /// <summary>Indices into <see cref="Nodes"/>.</summary>
    public IReadOnlyList<(int A, int B)> Edges => _edges;

    /// <exception cref="FormatException">Not a GML graph with located nodes.</exception>
    public static GmlGraph Read(TextReader reader)
    {
        GmlGraph graph = new();
        Dictionary<int, int> indexOf = [];
        List<(int, int)> edges = [];
        Dictionary<string, string> item = new(StringComparer.Ordinal);
        string? kind = null;
        int depth = 0, itemDepth = 0;
        foreach (Match token in Token().Matches(reader.ReadToEnd()))
        {
            string key = token.Groups["key"].Value;
            if (token.Groups["open"].Success)
            {
                depth++;
                if (kind is null && key is "node" or "edge") (kind, itemDepth) = (key, depth);
            }
            else if (token.Groups["close"].Success)
            {
                if (kind == "node" && depth == itemDepth) AddNode(graph, item, indexOf);
                if (kind == "edge" && depth == itemDepth) edges.Add((Whole(item, "source"), Whole(item, "target")));
                if (depth == itemDepth)
                {
                    kind = null;
                    item.Clear();
                }

                depth--;
            }
            else if (kind is not null && depth == itemDepth)
            {
                item[key] = token.Groups["value"].Value.Trim('"');
            }
        }

        if (graph._nodes.Count < 2) throw new FormatException("has less than two nodes with coordinates");
        foreach ((int a, int b) in edges)
            if (a != b && indexOf.TryGetValue(a, out int from) && indexOf.TryGetValue(b, out int to)) graph._edges.Add((from, to));
        return graph;
    }

    private static void AddNode(GmlGraph graph, Dictionary<string, string> item, Dictionary<int, int> indexOf)
    {
        if (!item.TryGetValue("Latitude", out string? latitude) || !item.TryGetValue("Longitude", out string? longitude)) return;
        int id = Whole(item, "id");
        if (graph._nodes.Count == MostNodes) throw new FormatException($"has more than {MostNodes} nodes with coordinates");
        indexOf[id] = graph._nodes.Count;
        graph._nodes.Add((id, item.GetValueOrDefault("label", id.ToString(CultureInfo.InvariantCulture)), Number(latitude), Number(longitude)));
    }

    private static int Whole(Dictionary<string, string> item, string key) =>
        item.TryGetValue(key, out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int value)
            ? value : throw new FormatException($"a node or edge has no whole '{key}'");

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && Math.Abs(value) <= 360
            ? value : throw new FormatException($"'{text}' is not a coordinate");

    [GeneratedRegex("""(?<close>\])|(?<key>\w+)\s*(?:(?<open>\[)|(?<value>"[^"]*"|[-+.\w]+))""")]
    private static partial Regex Token();
}
