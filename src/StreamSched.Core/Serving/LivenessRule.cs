namespace StreamSched.Core.Serving;

/// <summary>Tells the state of a worker by the age of its telemetry, in periods of its own.</summary>
public sealed record LivenessRule
{
    /// <summary>Up to this many periods without telemetry a worker is <see cref="Liveness.Fresh"/>.</summary>
    public double FreshPeriods { get; init; } = 3;

    /// <summary>Beyond this many periods it is <see cref="Liveness.Dead"/>.</summary>
    public double DeadPeriods { get; init; } = 8;

    /// <summary>The worker's state.</summary>
    /// <param name="ageMicros">Time since the last telemetry was received.</param>
    /// <param name="periodMicros">The worker's telemetry period.</param>
    public Liveness Evaluate(long ageMicros, long periodMicros) =>
        ageMicros <= FreshPeriods * periodMicros ? Liveness.Fresh : ageMicros <= DeadPeriods * periodMicros ? Liveness.Quiet : Liveness.Dead;
}
