using System.Text.Json.Serialization;

namespace StreamSched.Simulation.Experiments;

/// <summary>One scenario of an experiment.</summary>
public sealed record CellReport
{
    /// <summary>The scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>What it shows.</summary>
    public required string Description { get; init; }

    /// <summary>What an answer counts as: accuracy or success.</summary>
    public required string Value { get; init; }

    /// <summary>Seconds during which requests arrived, those of the warm-up included.</summary>
    public required double Duration { get; init; }

    /// <summary>All arrivals of the scenario times this.</summary>
    public required double Load { get; init; }

    /// <summary>Mean number of requests of a seed that count.</summary>
    public required double Requests { get; init; }

    /// <summary>The seeds.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Figures of the scenario that nobody measured.</summary>
    public required IReadOnlyList<string> Assumed { get; init; }

    /// <summary>No policy can exceed this; null: not computed.</summary>
    public Interval? Bound { get; init; }

    /// <summary>No policy could exceed this with as many machines as one likes.</summary>
    public Interval? Unlimited { get; init; }

    /// <summary>Whether the bound counts full batches and the best co-runners.</summary>
    public bool BoundIsOptimistic { get; init; }

    /// <summary>What a planner reached that knew the future of each run; null: none planned.</summary>
    public PolicyReport? Oracle { get; init; }

    /// <summary>By how much more the requests that the oracle planned for are worth than under the best policy; null: none planned.</summary>
    public Interval? OracleGain { get; init; }

    /// <summary>The heuristic with the highest mean value; null: none took part.</summary>
    public string? BestHeuristic { get; init; }

    /// <summary>One per policy, in the order of the plan.</summary>
    public required IReadOnlyList<PolicyReport> Policies { get; init; }

    /// <summary>The policies, and the oracle last.</summary>
    [JsonIgnore]
    public IEnumerable<PolicyReport> Rows => Oracle is null ? Policies : Policies.Append(Oracle);
}
