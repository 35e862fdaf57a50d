using StreamSched.Core.Requests;

namespace StreamSched.Simulation.Worlds;

/// <summary>A request that has not ended, as its device knows it.</summary>
internal struct SimulatedRequest
{
    /// <summary>-1: the place is free.</summary>
    public long Id;
    public ulong Seed;
    public int Application;
    public int Site;
    public int Scheduler;
    public int Partition;
    public RequestDraws Draws;
    public Request Request;
}
