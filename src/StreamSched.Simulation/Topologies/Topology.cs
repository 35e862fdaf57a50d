namespace StreamSched.Simulation.Topologies;

/// <summary>
/// Sites on a network: access sites far apart from each other, central offices near them, the data centre at the node from which all are nearest, the cloud
/// beyond it. Delays follow the shortest route over cables <see cref="TopologyPlan.RouteFactor"/> times as long as the great circle, at 200 km per ms, plus a
/// delay per hop.
/// </summary>
internal sealed class Topology
{
    private const double EarthRadiusKm = 6371;
    private const double KmPerSecond = 200_000;
    private readonly TopologyPlan _plan;
    private readonly double[,] _delay;
    private readonly int[] _nodeOf;

    private Topology(TopologyPlan plan, double[,] delay, int[] nodeOf, IReadOnlyList<SiteDefinition> sites) =>
        (_plan, _delay, _nodeOf, Sites) = (plan, delay, nodeOf, sites);

    /// <summary>Access sites, offices where the placement has them, data centre, cloud.</summary>
    public IReadOnlyList<SiteDefinition> Sites { get; }

    /// <summary>Whether there are workers at sites of a tier.</summary>
    public bool Hosts(string tier) => _plan.Hosts(tier);

    /// <exception cref="FormatException">The graph falls apart, or has too few nodes.</exception>
    public static Topology From(GmlGraph graph, TopologyPlan plan)
    {
        double[,] delay = Shortest(graph, plan);
        int n = graph.Nodes.Count;
        if (n < plan.Access) throw new FormatException($"has {n} nodes for {plan.Access} access sites");
        int centre = Enumerable.Range(0, n).MinBy(a => Enumerable.Range(0, n).Sum(b => delay[a, b]));
        List<int> nodes = Spread(delay, centre, plan.Access);
        List<SiteDefinition> sites = [.. nodes.Select((_, i) => new SiteDefinition($"access-{i + 1}", SiteDefinition.Access))];
        if (plan.HasOffices)
        {
            int[] accessNodes = [.. nodes];
            int[] offices = [.. Medians(delay, accessNodes, n, plan.Offices)];
            nodes.AddRange(offices);
            sites.AddRange(offices.Select((_, i) => new SiteDefinition($"office-{i + 1}", "office")));
        }

        nodes.Add(centre);
        sites.Add(new SiteDefinition("dc", "dc"));
        nodes.Add(-1);
        sites.Add(new SiteDefinition("cloud", "cloud"));
        return new Topology(plan, delay, [.. nodes], sites);
    }

    public void WriteLinks(LinkDefinition?[,] links)
    {
        int cloud = Array.IndexOf(_nodeOf, -1), centre = _nodeOf[cloud - 1];
        for (int a = 0; a < _nodeOf.Length; a++)
        {
            for (int b = 0; b < _nodeOf.Length; b++)
            {
                if (a == b)
                {
                    bool access = Sites[a].Tier == SiteDefinition.Access;
                    links[a, a] = access
                        ? new LinkDefinition(_plan.AccessDelay, _plan.AccessJitter, _plan.AccessBytesPerSecond, 0)
                        : new LinkDefinition(_plan.HopDelay, _plan.Jitter * _plan.HopDelay, _plan.BytesPerSecond, 0);
                    continue;
                }

                double delay = (a, b) switch
                {
                    _ when a == cloud => _plan.CloudDelay + _delay[centre, _nodeOf[b]],
                    _ when b == cloud => _plan.CloudDelay + _delay[_nodeOf[a], centre],
                    _ => _delay[_nodeOf[a], _nodeOf[b]],
                };
                delay = Math.Max(delay, _plan.HopDelay);
                links[a, b] = new LinkDefinition(delay, _plan.Jitter * delay, _plan.BytesPerSecond, 0);
            }
        }
    }

    private static double[,] Shortest(GmlGraph graph, TopologyPlan plan)
    {
        int n = graph.Nodes.Count;
        double[,] delay = new double[n, n];
        for (int a = 0; a < n; a++)
            for (int b = 0; b < n; b++) delay[a, b] = a == b ? 0 : double.PositiveInfinity;
        foreach ((int a, int b) in graph.Edges)
        {
            double hop = (plan.RouteFactor * Kilometres(graph.Nodes[a], graph.Nodes[b]) / KmPerSecond) + plan.HopDelay;
            delay[a, b] = delay[b, a] = Math.Min(delay[a, b], hop);
        }

        for (int k = 0; k < n; k++)
            for (int a = 0; a < n; a++)
                for (int b = 0; b < n; b++) delay[a, b] = Math.Min(delay[a, b], delay[a, k] + delay[k, b]);
        for (int a = 0; a < n; a++)
            if (double.IsInfinity(delay[0, a])) throw new FormatException($"node '{graph.Nodes[a].Label}' cannot be reached");
        return delay;
    }

    private static double Kilometres((int, string, double Latitude, double Longitude) a, (int, string, double Latitude, double Longitude) b)
    {
        double la = double.DegreesToRadians(a.Latitude), lb = double.DegreesToRadians(b.Latitude);
        double dLat = lb - la, dLon = double.DegreesToRadians(b.Longitude - a.Longitude);
        double h = Math.Pow(Math.Sin(dLat / 2), 2) + (Math.Cos(la) * Math.Cos(lb) * Math.Pow(Math.Sin(dLon / 2), 2));
        return 2 * EarthRadiusKm * Math.Asin(Math.Min(1, Math.Sqrt(h)));
    }

    // The farthest node from those already taken, again and again.
    private static List<int> Spread(double[,] delay, int centre, int count)
    {
        int n = delay.GetLength(0);
        List<int> taken = [Enumerable.Range(0, n).MaxBy(a => delay[centre, a])];
        while (taken.Count < count)
            taken.Add(Enumerable.Range(0, n).Where(a => !taken.Contains(a)).MaxBy(a => taken.Min(t => delay[t, a])));
        return taken;
    }

    // One after the other the node that shortens the access sites' ways the most.
    private static List<int> Medians(double[,] delay, int[] access, int n, int count)
    {
        List<int> taken = [];
        while (taken.Count < count)
        {
            taken.Add(Enumerable.Range(0, n).Where(a => !taken.Contains(a))
                .MinBy(a => access.Sum(s => Math.Min(delay[a, s], taken.Count == 0 ? double.PositiveInfinity : taken.Min(t => delay[t, s])))));
        }

        return taken;
    }
}
