namespace StreamSched.Core.Requests;

/// <summary>What a decision needs to know about one request. Instants are microseconds since 1970, durations seconds.</summary>
public readonly struct Request
{
    /// <summary>The request's task, as <c>ClusterView.TaskIndex</c> gives it; -1: no worker has ever offered it.</summary>
    public required int Task { get; init; }

    /// <summary>The device's site, as <c>NetworkMap.SiteIndex</c> gives it; 0: unknown.</summary>
    public int Site { get; init; }

    /// <summary>Whose frames these are, as <c>ClusterView.OriginIndex</c> gives it; 0: those of devices of which labels have told nothing.</summary>
    public int Origin { get; init; }

    /// <summary>When the deadline clock started: created, or the receipt where created is implausible. µs.</summary>
    public required long Started { get; init; }

    /// <summary>Seconds from <see cref="Started"/> within which the device wants to hold the answer.</summary>
    public required float Deadline { get; init; }

    /// <summary>Quality floor in 0..1; 0: none.</summary>
    public float MinAccuracy { get; init; }

    /// <summary>Worth beside other requests; 1 is the usual.</summary>
    public required float Weight { get; init; }

    /// <summary>Size of what travels to the worker.</summary>
    public int PayloadBytes { get; init; }

    /// <summary>The instant at which the deadline passes. µs.</summary>
    public long DeadlineAt => Started + (long)(Deadline * 1e6);
}
