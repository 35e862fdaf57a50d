namespace StreamSched.Core.Scheduling;

/// <summary>The times and bounds of a request's life.</summary>
public sealed record LifecycleSettings
{
    /// <summary>A request without an answer expires this long after its deadline: an answer that is on its way still wins.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A scheduler's answer that did not come back from the log for this long is written again; null: answers do not come back, each ends its
    /// request at once.</summary>
    public TimeSpan? ReadBackTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At most this many requests of a partition wait for a worker of their task; one more, and the one that waits longest is rejected.</summary>
    public int MaxWaiting { get; init; } = 2048;
}
