namespace StreamSched.Core.Serving;

/// <summary>What the age of a worker's telemetry says about it.</summary>
public enum Liveness : byte
{
    /// <summary>Telemetry is fresh: the worker gets work.</summary>
    Fresh,

    /// <summary>Telemetry is late: no new work, what was sent may still be answered.</summary>
    Quiet,

    /// <summary>Taken for dead: what it has not answered is sent again.</summary>
    Dead,
}
