using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamSched.Simulation.Experiments;

/// <summary>What an experiment gave.</summary>
public sealed record ExperimentReport
{
    /// <summary>Where and how the figures came about.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>False: it was stopped, and the cells hold what was finished by then.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>Why the results file does not have all runs; null: it has, or there is none.</summary>
    [JsonIgnore]
    public string? Problem { get; init; }

    /// <summary>One per scenario.</summary>
    public required IReadOnlyList<CellReport> Cells { get; init; }

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunStore.Indented);

    /// <summary>p values of a policy's differences to the best heuristic of each cell, corrected for there being several cells (Holm).</summary>
    /// <param name="policy">The policy's name.</param>
    /// <returns>One per cell; 1 where the policy or a heuristic is missing.</returns>
    public IReadOnlyList<double> HolmPValues(string policy) =>
        Statistics.Holm([.. Cells.Select(c => c.Policies.FirstOrDefault(p => p.Policy == policy)?.PValue ?? 1)]);
}
