using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;

namespace StreamSched.Schedulers;

/// <summary>A scheduler on Kafka.</summary>
internal sealed record SchedulerRoleSettings
{
    /// <summary>How it decides.</summary>
    public SchedulerSettings Scheduler { get; init; } = new();

    /// <summary>How requests are brought to their answers.</summary>
    public required DispatchSettings Dispatch { get; init; }

    /// <summary>Makes the map of sites and links; called once, on the role's thread.</summary>
    public Func<NetworkMap> Network { get; init; } = static () => new NetworkMap(new Link(0.001f, 0.0005f), new Link(0.005f, 0.001f));

    /// <summary>Name of the consumer group, behind the prefix.</summary>
    public string Group { get; init; } = "scheduler";

    /// <summary>How often the work sent is told to the other schedulers.</summary>
    public TimeSpan LoadPeriod { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long records wait for others to share a produce request with.</summary>
    public BatchingRule Batching { get; init; } = new();

    /// <summary>Most requests of a partition that are under way at once; a full partition pauses.</summary>
    public int MaxInFlight { get; init; } = 8192;

    /// <summary>How long a hand-over or the end waits for requests under way.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Folder of foreign writers' schemas; null: none but the built-in ones.</summary>
    public string? SchemaFolder { get; init; }

    /// <summary>
    /// How long reading <c>workers</c>, <c>telemetry</c>, <c>load</c> and <c>policies</c> to their ends may take at the start, and <c>results</c> when
    /// partitions are taken over.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
