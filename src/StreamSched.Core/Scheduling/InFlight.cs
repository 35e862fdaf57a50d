using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Scheduling;

/// <summary>A request that was sent and has no answer yet.</summary>
public struct InFlight
{
    /// <summary>The request.</summary>
    public Request Request { get; internal set; }

    /// <summary>Where it was sent, valid while <see cref="Generation"/> is the placement's.</summary>
    public int Placement { get; internal set; }

    /// <summary>The placement's generation when it was sent.</summary>
    public int Generation { get; internal set; }

    /// <summary>The worker it was sent to, as it was then.</summary>
    public WorkerState? Worker { get; internal set; }

    /// <summary>Predicted processor time, in seconds.</summary>
    public float Use { get; internal set; }

    /// <summary>Of that, what it takes of the processor's capacity, in seconds.</summary>
    public float Capacity { get; internal set; }

    /// <summary>Predicted way to the worker, in seconds.</summary>
    public float NetworkOut { get; internal set; }

    /// <summary>Predicted way back to the device, in seconds.</summary>
    public float NetworkBack { get; internal set; }

    /// <summary>Predicted slack, in seconds.</summary>
    public float Slack { get; internal set; }

    /// <summary>σ that was assumed for it, in seconds.</summary>
    public float Deviation { get; internal set; }

    /// <summary>The band of time that it is due in, as the view counts it.</summary>
    internal int Band { get; set; }

    /// <summary>When it was sent. µs.</summary>
    public long SentAt { get; internal set; }

    /// <summary>Whether this names a request under way.</summary>
    public readonly bool IsActive => Worker is not null;
}
