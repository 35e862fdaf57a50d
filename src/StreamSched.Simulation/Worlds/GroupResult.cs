using System.Text.Json.Serialization;
using StreamSched.Core.Policies;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>What became of the requests of one application, or of all.</summary>
public sealed record GroupResult
{
    /// <summary>The application; empty: all.</summary>
    public required string Name { get; init; }

    /// <summary>Requests made after the warm-up.</summary>
    public required long Requests { get; init; }

    /// <summary>Share answered in time.</summary>
    public required double Success { get; init; }

    /// <summary>Share refused.</summary>
    public required double Reject { get; init; }

    /// <summary>Share neither answered in time nor refused.</summary>
    public required double Failure { get; init; }

    /// <summary>Share answered too late.</summary>
    public required double Late { get; init; }

    /// <summary>Share that expired before it was run.</summary>
    public required double Expired { get; init; }

    /// <summary>Share refused, by reason.</summary>
    public required IReadOnlyDictionary<string, double> RejectReasons { get; init; }

    /// <summary>Mean accuracy of the answers in time.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean over all requests of weight × accuracy if in time, else 0, over the mean weight.</summary>
    public required double AccuracyValue { get; init; }

    /// <summary>Mean over all requests of weight if in time, else 0, over the mean weight.</summary>
    public required double SuccessValue { get; init; }

    /// <summary>Median latency of the answers, in seconds.</summary>
    public required double P50 { get; init; }

    /// <summary>99th percentile of the latency of the answers, in seconds.</summary>
    public required double P99 { get; init; }

    /// <summary>Mean waiting on the worker, of the answers, in seconds.</summary>
    public required double Queue { get; init; }

    /// <summary>Modelled energy per request, in joules.</summary>
    public required double Energy { get; init; }

    /// <summary>Cost per request.</summary>
    [JsonPropertyName("money")]
    public required double Cost { get; init; }

    /// <summary>Latency over deadline of the answers, per request.</summary>
    public double LatencyRatio { get; init; }

    /// <summary>Mean seconds until a request ended, where one without an answer in time counts as <see cref="EcsrlReward.Seconds"/> says.</summary>
    public double ChargedSeconds { get; init; }

    /// <summary>What a request was worth in the mean, by a scenario's value.</summary>
    /// <param name="scenario">Says what counts.</param>
    public double Value(Scenario scenario)
    {
        if (scenario.Objective is { } objective) return -(objective.PerJoule * Energy) - (objective.PerSecond * ChargedSeconds);
        ValueWeights weights = scenario.Weights;
        double answers = ((1 - weights.Accuracy) * SuccessValue) + (weights.Accuracy * AccuracyValue);
        return answers - (weights.Energy * Energy) - (weights.Latency * LatencyRatio) - (weights.Cost * Cost);
    }
}
