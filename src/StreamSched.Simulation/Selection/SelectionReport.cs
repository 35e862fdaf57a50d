using System.Text.Json;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.Selection;

/// <summary>What selecting models by feedback is worth.</summary>
/// <param name="Provenance">Where its figures are from; simulated.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Cells">One for each world.</param>
internal sealed record SelectionReport(Provenance Provenance, int Seeds, IReadOnlyList<SelectionCell> Cells)
{
    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunStore.Indented);
}
