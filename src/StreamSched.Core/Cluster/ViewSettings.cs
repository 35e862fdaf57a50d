using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <summary>How the view of the cluster is kept.</summary>
public sealed record ViewSettings
{
    /// <summary>ū of the price rule: the utilisation above which a processor's virtual queue grows.</summary>
    public float TargetUtilisation { get; init; } = 1;

    /// <summary>η of the price rule: weight of the capacity price.</summary>
    public float CapacityWeight { get; init; } = 1;

    /// <summary>Weight of the delay price; 1 by the rule, 0 for an ablation.</summary>
    public float DelayWeight { get; init; } = 1;

    /// <summary>Time constant of arrival rate and utilisation, in seconds.</summary>
    public float RateTimeConstant { get; init; } = 0.2f;

    /// <summary>
    /// The utilisation that the delay price counts with at most, where all schedulers hear of each other. A queue that requests are refused at does not pass a
    /// delay on to as many as one that takes all.
    /// </summary>
    public float MaxUtilisation { get; init; } = 0.6f;

    /// <summary>The same where some report nothing: what nobody sees is refused too late, and queues go on growing.</summary>
    public float MaxUtilisationUnheard { get; init; } = 0.9f;

    /// <summary>Weight of one request in the running means of processor time, gradient and deadline.</summary>
    public float MeanWeight { get; init; } = 0.02f;

    /// <summary>Whether others' unknown work is assumed to be like our own (design: the scaled view). Off only for an ablation.</summary>
    public bool Scaled { get; init; } = true;

    /// <summary>Whether the measured interference enters the predictions. Off only for an ablation (E3).</summary>
    public bool Interference { get; init; } = true;

    /// <summary>Whether results correct the predicted service times. Off only for an ablation.</summary>
    public bool Correction { get; init; } = true;

    /// <summary>Another scheduler that is silent for this long counts as unreported.</summary>
    public TimeSpan PeerSilence { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How a worker's telemetry is read.</summary>
    public LivenessRule Liveness { get; init; } = new();

    /// <summary>Most workers; one that is dead makes room for one that comes.</summary>
    public int MaxWorkers { get; init; } = 10_000;

    /// <summary>Most placements (worker, processor, variant) of all workers together.</summary>
    public int MaxPlacements { get; init; } = 100_000;

    /// <summary>Most memory that is kept of all registrations together, roughly.</summary>
    public long MaxRegistrationBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Most tasks that workers ever offer.</summary>
    public int MaxTasks { get; init; } = 4096;

    /// <summary>Most sites; workers at further ones count as standing at an unknown site. The links between them are kept as a square.</summary>
    public int MaxSites { get; init; } = 1024;

    /// <summary>Most other schedulers; the reports of further ones are not taken into account.</summary>
    public int MaxPeers { get; init; } = 256;

    /// <summary>Seconds from a worker's finish until the scheduler has read the result, before any was seen.</summary>
    public float ResultDelay { get; init; } = 0.002f;
}
