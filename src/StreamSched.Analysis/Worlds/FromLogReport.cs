using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Worlds;

/// <summary>What policies that were trained from logs are worth.</summary>
/// <param name="Provenance">Where its figures are from; simulated.</param>
/// <param name="Seeds">How many seeds.</param>
/// <param name="Cells">One for each world, logger and policy.</param>
internal sealed record FromLogReport(Provenance Provenance, int Seeds, IReadOnlyList<FromLogCell> Cells);
