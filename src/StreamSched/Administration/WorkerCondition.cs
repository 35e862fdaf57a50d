namespace StreamSched.Administration;

/// <summary>How a worker is doing, by its registration and the age of its telemetry.</summary>
internal enum WorkerCondition
{
    /// <summary>Telemetry is fresh: it gets work.</summary>
    Ready,

    /// <summary>It gets no new work, answers what it has, and ends.</summary>
    Draining,

    /// <summary>Telemetry is late: no new work.</summary>
    Quiet,

    /// <summary>Registered without a sign of life.</summary>
    Dead,
}
