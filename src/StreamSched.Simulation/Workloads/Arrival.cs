namespace StreamSched.Simulation.Workloads;

/// <summary>One request as a device makes it. It is the same whatever the schedulers do.</summary>
internal struct Arrival
{
    /// <summary>Counted up from 0 in order of time.</summary>
    public long Id;

    /// <summary>When it was made. µs.</summary>
    public long Created;

    public int Application;

    /// <summary>Index of the device's site.</summary>
    public int Site;

    /// <summary>Seconds.</summary>
    public float Deadline;

    /// <summary>Uniform in [0, 1): which scheduler it belongs to, the same for all requests of a stream.</summary>
    public float Partition;

    /// <summary>Index of the hidden state that it was made in; -1 where there is none. For the trace, never for an observation.</summary>
    public int State;

    /// <summary>Seed of the draws that belong to this request.</summary>
    public ulong Draws;
}
