using StreamSched.Core.Requests;

namespace StreamSched.Simulation.Worlds;

/// <summary>A request that has not ended.</summary>
internal struct RequestState
{
    /// <summary>-1: the place is free.</summary>
    public long Id;
    public ulong Seed;
    public int Application;
    public int Site;
    public int Scheduler;
    public int Attempt;
    public RequestDraws Draws;
    public Request Request;
}
