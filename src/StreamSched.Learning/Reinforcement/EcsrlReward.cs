using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>ECSRL's objective: minus weighted energy and completion time.</summary>
public sealed record EcsrlReward
{
    /// <summary>Cost of a joule.</summary>
    public float PerJoule { get; init; } = 1;

    /// <summary>Cost of a second until the answer is there.</summary>
    public float PerSecond { get; init; } = 10;

    /// <summary>A request without an answer in time counts as if it had taken so many times its deadline, or as long as it did where that is longer.</summary>
    public float FailureDeadlines { get; init; } = 5;

    /// <summary>Reward of an outcome.</summary>
    /// <param name="outcome">What became of a request.</param>
    public float Of(in DecisionOutcome outcome) =>
        -(PerJoule * outcome.EnergyJoules) - (PerSecond * (outcome.OnTime ? outcome.Latency : Math.Max(outcome.Latency, FailureDeadlines * outcome.Deadline)));

    /// <summary>Reward of a request that could not be placed.</summary>
    /// <param name="deadline">Its deadline, in seconds.</param>
    public float OfRefusal(float deadline) => -PerSecond * FailureDeadlines * deadline;
}
