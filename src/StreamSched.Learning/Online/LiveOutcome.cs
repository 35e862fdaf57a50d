using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Online;

/// <summary>What came of one request, as a learner takes it from experience.</summary>
public readonly ref struct LiveOutcome
{
    /// <summary>An outcome.</summary>
    public LiveOutcome()
    {
    }

    /// <summary>When the request was created, µs since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>Who decided.</summary>
    public required Arm Arm { get; init; }

    /// <summary>The window in which it was decided; -1: none.</summary>
    public required int Window { get; init; }

    /// <summary>What it was worth, with the accuracy that is registered.</summary>
    public required double Utility { get; init; }

    /// <summary>Weight of the request.</summary>
    public required float Weight { get; init; }

    /// <summary>Whether the device had its answer in time.</summary>
    public required bool OnTime { get; init; }

    /// <summary>Whether a scheduler refused it.</summary>
    public bool Rejected { get; init; }

    /// <summary>Whether its work failed.</summary>
    public bool Failed { get; init; }

    /// <summary>What the challenger in the shadow would have done.</summary>
    public ShadowChoice Shadow { get; init; }

    /// <summary>From created to the deadline, in seconds.</summary>
    public float DeadlineSeconds { get; init; }

    /// <summary>Whether a worker got it; what follows is told only then.</summary>
    public bool IsPlaced { get; init; }

    /// <summary>The variant that was chosen, the site of the worker, and that of the device; null: not known.</summary>
    public AccuracyKey? Of { get; init; }

    /// <summary>Accuracy of the variant as registered, 0..1.</summary>
    public float RegisteredAccuracy { get; init; }

    /// <summary>How long it was predicted to wait for its processor, in seconds; not a number: not told.</summary>
    public float WaitingSeconds { get; init; } = float.NaN;

    /// <summary>Layout 3 of the choice; empty: not recorded.</summary>
    public ReadOnlySpan<float> Features { get; init; }

    /// <summary>The policy that chose; null: not known.</summary>
    public string? Policy { get; init; }

    /// <summary>What that policy saw of the choice, by features of its own; empty: not recorded.</summary>
    public ReadOnlySpan<float> Seen { get; init; }

    /// <summary>The scheduler that decided.</summary>
    public string Scheduler { get; init; } = "";

    /// <summary>When it decided, by its clock, µs since 1970; 0: not known.</summary>
    public long Decided { get; init; }

    /// <summary>Probability of the choice under policy and exploration.</summary>
    public float Propensity { get; init; } = 1;

    /// <summary>Whether exploration drew it.</summary>
    public bool Explored { get; init; }

    /// <summary>From created until the answer was written, in seconds.</summary>
    public float LatencySeconds { get; init; }

    /// <summary>What it took, in joules.</summary>
    public float EnergyJoules { get; init; }
}
