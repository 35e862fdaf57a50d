namespace StreamSched.Core.Policies;

/// <summary>ECSRL's objective: minus weighted energy and completion time.</summary>
public sealed record EcsrlReward
{
    /// <summary>Cost of a joule.</summary>
    public float PerJoule { get; init; } = 1;

    /// <summary>Cost of a second until the answer is there.</summary>
    public float PerSecond { get; init; } = 10;

    /// <summary>A request without an answer in time counts as if it had taken so many times its deadline, or as long as it did where that is longer.</summary>
    public float FailureDeadlines { get; init; } = 5;

    /// <summary>The same without energy: time alone.</summary>
    public static EcsrlReward OfTime { get; } = new() { PerJoule = 0 };

    /// <summary>The seconds that a request counts for.</summary>
    /// <param name="onTime">Whether it was answered in time.</param>
    /// <param name="latency">Seconds until it ended.</param>
    /// <param name="deadline">Its deadline, in seconds.</param>
    public float Seconds(bool onTime, float latency, float deadline) => onTime ? latency : Math.Max(latency, FailureDeadlines * deadline);

    /// <summary>
    /// The objective as the scheduler's own weights, for policies that seek those: an answer in time is worth 1, which is what a failure costs; energy and time
    /// count in the same unit.
    /// </summary>
    /// <param name="deadline">The mean deadline of the requests, in seconds.</param>
    public ValueWeights Weights(float deadline)
    {
        float failure = PerSecond * FailureDeadlines * deadline;
        return new ValueWeights { Accuracy = 0, Energy = PerJoule / failure, Latency = 1 / FailureDeadlines };
    }

    /// <summary>Reward of an outcome.</summary>
    /// <param name="outcome">What became of a request.</param>
    public float Of(in DecisionOutcome outcome) =>
        -(PerJoule * outcome.EnergyJoules) - (PerSecond * Seconds(outcome.OnTime, outcome.Latency, outcome.Deadline));

    /// <summary>Reward of a request that could not be placed.</summary>
    /// <param name="deadline">Its deadline, in seconds.</param>
    public float OfRefusal(float deadline) => -PerSecond * FailureDeadlines * deadline;
}
