namespace StreamSched.Simulation.Workloads;

/// <summary>A process of arrivals in order of time.</summary>
internal interface IArrivalSource
{
    /// <summary>The next request; its id and draws are not set yet.</summary>
    bool TryNext(out Arrival arrival);
}
