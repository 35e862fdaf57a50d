using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Worlds;

/// <summary>How wrong off-policy answers are.</summary>
/// <param name="Provenance">Where its figures are from; simulated.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Cells">One for each pair of policies and load.</param>
/// <param name="Coverage">How often intervals hold.</param>
internal sealed record OffPolicyReport(Provenance Provenance, int Seeds, IReadOnlyList<OffPolicyCell> Cells, CoverageFigures Coverage);
