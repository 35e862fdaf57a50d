using StreamSched.Core.Cluster;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;

namespace StreamSched.Simulation.Worlds;

/// <summary>
/// The links as they really are: log-normal delay, plus size over the bandwidth of the moment. Messages do not queue behind each other.
/// </summary>
internal sealed class NetworkModel
{
    private readonly int _sites;
    private readonly LinkDefinition[] _links;
    private readonly float[] _mean;
    private readonly float[] _sigma;
    private readonly float[] _delayFactor;
    private readonly float[] _bandwidthFactor;

    public NetworkModel(Scenario scenario)
    {
        _sites = scenario.Sites.Count;
        _links = new LinkDefinition[_sites * _sites];
        _mean = new float[_links.Length];
        _sigma = new float[_links.Length];
        _delayFactor = new float[_links.Length];
        _bandwidthFactor = new float[_links.Length];
        Array.Fill(_delayFactor, 1);
        Array.Fill(_bandwidthFactor, 1);
        for (int i = 0; i < _links.Length; i++)
        {
            LinkDefinition link = _links[i] = scenario.Links[i / _sites, i % _sites];
            double variation = link.Delay > 0 ? link.Jitter / link.Delay : 0, logVariance = Math.Log(1 + (variation * variation));
            _sigma[i] = (float)Math.Sqrt(logVariance);
            _mean[i] = (float)(link.Delay * Math.Exp(-logVariance / 2));
        }
    }

    public static NetworkMap Nominal(Scenario scenario)
    {
        NetworkMap map = new(new Link(0), new Link(0));
        foreach (SiteDefinition site in scenario.Sites) map.Add(site.Name);
        for (int a = 0; a < scenario.Sites.Count; a++)
            for (int b = 0; b < scenario.Sites.Count; b++) map[a + 1, b + 1] = scenario.Links[a, b].Nominal;
        return map;
    }

    public int Index(int from, int to) => (from * _sites) + to;

    public void Change(int link, float delayFactor, float bandwidthFactor)
    {
        _delayFactor[link] *= delayFactor;
        _bandwidthFactor[link] *= bandwidthFactor;
    }

    /// <summary>Seconds that a message takes now.</summary>
    /// <param name="link">As <see cref="Index"/> gives it.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="normal">A standard normal draw.</param>
    /// <param name="now">µs.</param>
    public float Delay(int link, int bytes, float normal, long now)
    {
        float delay = _sigma[link] == 0 ? _mean[link] : _mean[link] * MathF.Exp(_sigma[link] * normal);
        delay *= _delayFactor[link];
        LinkDefinition definition = _links[link];
        if (bytes == 0 || (definition.Trace is null && double.IsPositiveInfinity(definition.BytesPerSecond))) return delay;
        double bandwidth = definition.Trace is null ? definition.BytesPerSecond : definition.Trace.At(now * 1e-6);
        return delay + (float)(bytes / (bandwidth * _bandwidthFactor[link]));
    }

    /// <summary>The least that a message can take at any time, for the bound.</summary>
    public float LeastDelay(int link, int bytes, float normal, float leastDelayFactor, float mostBandwidthFactor)
    {
        float delay = _mean[link] * MathF.Exp(_sigma[link] * normal) * leastDelayFactor;
        double bandwidth = _links[link].Trace?.Most ?? _links[link].BytesPerSecond;
        return delay + (float)(bytes / (bandwidth * mostBandwidthFactor));
    }
}
