using StreamSched.Core.Cluster;
using StreamSched.Simulation.Traces;

namespace StreamSched.Simulation.Topologies;

/// <summary>The network from one site to another, as it really is. Seconds, bytes.</summary>
internal sealed record LinkDefinition(double Delay, double Jitter, double BytesPerSecond, double CostPerGigabyte, BandwidthTrace? Trace = null)
{
    public static readonly LinkDefinition Ideal = new(0, 0, double.PositiveInfinity, 0);

    /// <summary>As the schedulers' settings would give it: without what changes.</summary>
    public Link Nominal => new((float)Delay, (float)Jitter, (float)(Trace is null ? BytesPerSecond : Trace.Mean), (float)CostPerGigabyte);
}
