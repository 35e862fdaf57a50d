using StreamSched.Avro.Records;
using StreamSched.Core.Serving;

namespace StreamSched.Administration;

/// <summary>A worker as an operator sees it: what it registered, and the last that it told.</summary>
/// <param name="Registration">Its registration.</param>
/// <param name="Telemetry">Its last telemetry in this incarnation; null: none was found.</param>
/// <param name="Age">How old that is.</param>
internal sealed record WorkerSummary(WorkerRegistration Registration, WorkerTelemetry? Telemetry, TimeSpan? Age)
{
    private static readonly LivenessRule Rule = new();

    /// <summary>Its id.</summary>
    public string Id => Registration.Worker;

    /// <summary>Whether it lives, by the rule that schedulers use.</summary>
    public Liveness Liveness => Age is { } age ? Rule.Evaluate((long)age.TotalMicroseconds, Math.Max(1, Registration.TelemetryPeriodMicros)) : Liveness.Dead;

    /// <summary>How it is doing.</summary>
    public WorkerCondition Condition => Liveness switch
    {
        Liveness.Dead => WorkerCondition.Dead,
        _ when Registration.Draining || Telemetry?.State == WorkerState.Draining => WorkerCondition.Draining,
        Liveness.Quiet => WorkerCondition.Quiet,
        _ => WorkerCondition.Ready,
    };

    /// <summary>Requests that wait at it.</summary>
    public int Waiting => Telemetry?.Processors.Sum(p => p.Waiting.Values.Sum()) ?? 0;

    /// <summary>Requests that run.</summary>
    public int Running => Telemetry?.Processors.Sum(p => p.Running.Values.Sum()) ?? 0;

    /// <summary>What waits and runs, in predicted processor time.</summary>
    public TimeSpan Backlog => TimeSpan.FromMicroseconds(Telemetry?.Processors.Sum(p => (double)p.BacklogMicros) ?? 0);

    /// <summary>Power draw of its processors; null: none of them tells.</summary>
    public double? Watts => Telemetry?.Processors.Any(p => p.PowerWatts is not null) == true ? Telemetry.Processors.Sum(p => p.PowerWatts ?? 0) : null;

    /// <summary>Where the power figure comes from.</summary>
    public PowerSource PowerSource =>
        Telemetry?.Processors.Select(p => p.PowerSource).Where(s => s != PowerSource.None).Order().LastOrDefault() ?? PowerSource.None;

    /// <summary>What it says an operator must know.</summary>
    public IReadOnlyList<TelemetryCondition> Conditions => Telemetry?.Conditions ?? [];

    /// <summary>Whether it emulates a slower device.</summary>
    public bool IsEmulated => Registration.Slowdown > 1;

    /// <summary>For programs.</summary>
    public object ToJson() => new
    {
        id = Id, site = Registration.Site, deviceClass = Registration.DeviceClass, incarnation = Registration.Incarnation, state = Condition,
        telemetryAgeMs = Age?.TotalMilliseconds, slowdown = Registration.Slowdown, emulated = IsEmulated, waiting = Waiting, running = Running,
        backlogMs = Backlog.TotalMilliseconds, powerWatts = Watts, powerSource = PowerSource,
        variants = Registration.Variants.Select(v => new { name = v.Name, task = v.Task, accuracy = v.Accuracy }),
        processors = Registration.Processors.Select(p => new { id = p.Id, provider = p.Provider, slots = p.Slots, threads = p.Threads }),
        conditions = Conditions.Select(c => new { code = c.Code, subject = c.Subject, text = c.Text }),
    };
}
