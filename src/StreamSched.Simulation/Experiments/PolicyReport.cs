using System.Text.Json.Serialization;

namespace StreamSched.Simulation.Experiments;

/// <summary>One policy in one scenario; means over seeds with 95 % intervals. Shares are of all requests made after the warm-up, times are seconds.</summary>
public sealed record PolicyReport
{
    /// <summary>The policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Whether it counts among the heuristics.</summary>
    public required bool IsHeuristic { get; init; }

    /// <summary>What the cell is about: accuracy or success as value.</summary>
    public required Interval Value { get; init; }

    /// <summary>Value over the bound; null: no bound.</summary>
    public double? OfBound { get; init; }

    /// <summary>Paired difference of the value to the best heuristic of the cell; null: that is itself, or there is none.</summary>
    public Interval? Difference { get; init; }

    /// <summary>Two-sided p value of that difference, of this cell alone.</summary>
    public double? PValue { get; init; }

    /// <summary>Share answered in time.</summary>
    public required Interval Success { get; init; }

    /// <summary>Share refused.</summary>
    public required Interval Reject { get; init; }

    /// <summary>Share neither answered in time nor refused.</summary>
    public required Interval Failure { get; init; }

    /// <summary>Mean accuracy of the answers in time.</summary>
    public required Interval Accuracy { get; init; }

    /// <summary>Accuracy of an answer in time, else 0, per request.</summary>
    public required Interval AccuracyValue { get; init; }

    /// <summary>Median latency of the answers.</summary>
    public required Interval P50 { get; init; }

    /// <summary>99th percentile of the answers' latency.</summary>
    public required Interval P99 { get; init; }

    /// <summary>Modelled joules per request.</summary>
    public required Interval Energy { get; init; }

    /// <summary>Cost per request.</summary>
    [JsonPropertyName("money")]
    public required Interval Cost { get; init; }

    /// <summary>Mean share of processors at work.</summary>
    public required Interval Utilisation { get; init; }

    /// <summary>Share refused by reason, expired and late.</summary>
    public required IReadOnlyDictionary<string, double> Reasons { get; init; }

    /// <summary>Answers by site.</summary>
    public required IReadOnlyDictionary<string, double> Sites { get; init; }

    /// <summary>Answers by tier.</summary>
    public required IReadOnlyDictionary<string, double> Tiers { get; init; }

    /// <summary>Answers by class of worker.</summary>
    public required IReadOnlyDictionary<string, double> Classes { get; init; }

    /// <summary>Answers by model variant.</summary>
    public required IReadOnlyDictionary<string, double> Variants { get; init; }

    /// <summary>Delay, accuracy, energy and cost by site, class and variant.</summary>
    public required IReadOnlyList<PlacementReport> Placements { get; init; }

    /// <summary>By application.</summary>
    public required IReadOnlyList<ApplicationReport> Applications { get; init; }

    /// <summary>Median time of a decision on this machine.</summary>
    public required double DecisionP50 { get; init; }

    /// <summary>99th percentile of the time of a decision on this machine.</summary>
    public required double DecisionP99 { get; init; }

    /// <summary>Simulated requests per second of one core on this machine.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>How often the policy failed and the fallback stepped in.</summary>
    public required long PolicyFailures { get; init; }

    /// <summary>Value of each seed, in the order of the cell's seeds.</summary>
    public required IReadOnlyList<double> ValueBySeed { get; init; }
}
