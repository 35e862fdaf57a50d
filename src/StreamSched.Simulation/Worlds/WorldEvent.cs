namespace StreamSched.Simulation.Worlds;

/// <summary>What can happen. The index that comes with it is that of a request, a copy, a slot, a worker, a scheduler, a message,
/// a change or a label.</summary>
internal enum WorldEvent : byte
{
    /// <summary>A device makes a request.</summary>
    Made,

    /// <summary>A request reaches its scheduler.</summary>
    AtScheduler,

    /// <summary>Work reaches its worker.</summary>
    AtWorker,

    /// <summary>A run on a slot is over, if nothing changed in between.</summary>
    RunDone,

    /// <summary>A result reaches device and scheduler.</summary>
    Result,

    /// <summary>A worker sends telemetry.</summary>
    Telemetry,

    /// <summary>Telemetry reaches a scheduler.</summary>
    TelemetryRead,

    /// <summary>A scheduler reports what it sent.</summary>
    Report,

    /// <summary>A report reaches another scheduler.</summary>
    ReportRead,

    /// <summary>A scheduler does what time demands.</summary>
    Tick,

    /// <summary>An event of the scenario begins or ends.</summary>
    Change,

    /// <summary>The label of an answer is back.</summary>
    Label,
}
