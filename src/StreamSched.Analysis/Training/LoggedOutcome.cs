using StreamSched.Analysis.Estimation;
using StreamSched.Core.Policies;
using StreamSched.Learning.Online;

namespace StreamSched.Analysis.Training;

/// <summary>What a log says of one request, as far as something is learned from it.</summary>
internal sealed class LoggedOutcome
{
    /// <summary>When it was decided, µs since 1970.</summary>
    public required long At { get; init; }

    /// <summary>What it was worth; a correction replaces it.</summary>
    public required double Utility { get; set; }

    /// <summary>What labels of other answers may say of it.</summary>
    public LabelledValues.Answer Answer { get; set; } = LabelledValues.Answer.None;

    /// <summary>Weight of the request.</summary>
    public required float Weight { get; init; }

    /// <summary>Whether the answer was in time.</summary>
    public required bool OnTime { get; init; }

    /// <summary>Whether a worker got it.</summary>
    public required bool IsPlaced { get; init; }

    /// <summary>The policy that is said to have chosen: the one that learns, where its own features are known.</summary>
    public required string Policy { get; init; }

    /// <summary>The scheduler that decided.</summary>
    public required string Scheduler { get; init; }

    /// <summary>From created to the deadline, in seconds.</summary>
    public required float Deadline { get; init; }

    /// <summary>From created until the answer was written, in seconds.</summary>
    public required float Latency { get; init; }

    /// <summary>What it took, in joules.</summary>
    public required float Energy { get; init; }

    /// <summary>Probability of the choice.</summary>
    public required float Propensity { get; init; }

    /// <summary>Whether exploration drew it.</summary>
    public required bool Explored { get; init; }

    /// <summary>Layout 3 of the choice; empty: not recorded.</summary>
    public required float[] Features { get; init; }

    /// <summary>What the policy that learns sees of the choice; empty: not known.</summary>
    public required float[] Seen { get; init; }

    /// <summary>The same for a learner.</summary>
    public LiveOutcome ToLive() => new()
    {
        Created = At, Arm = Arm.Champion, Window = -1, Utility = Utility, Weight = Weight, OnTime = OnTime, IsPlaced = IsPlaced, Policy = Policy,
        Scheduler = Scheduler, DeadlineSeconds = Deadline, LatencySeconds = Latency, EnergyJoules = Energy, Propensity = Propensity, Explored = Explored,
        Features = Features, Seen = Seen, Decided = At,
    };
}
