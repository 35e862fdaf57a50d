using System.Text.Json;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.Judges;

/// <summary>How wrong each judge of policies is.</summary>
/// <param name="Provenance">Where its figures are from; simulated.</param>
/// <param name="Digest">The first eight bytes of the network file's SHA-256.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Cells">One for each world.</param>
internal sealed record JudgesReport(Provenance Provenance, string Digest, int Seeds, IReadOnlyList<JudgedCell> Cells)
{
    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunStore.Indented);
}
