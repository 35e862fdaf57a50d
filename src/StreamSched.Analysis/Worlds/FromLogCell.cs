using StreamSched.Simulation.Experiments;

namespace StreamSched.Analysis.Worlds;

/// <summary>What a policy that was trained from a log is worth in a world: more than the one that logged, in points, with intervals of 95 % over
/// seeds.</summary>
/// <param name="Name">World, who logged, who was trained.</param>
/// <param name="Kept">Kept to what the log supports, as it is served.</param>
/// <param name="Alone">What was learned, without that.</param>
/// <param name="Supported">Share of the cells that the log supports.</param>
/// <param name="Elsewhere">Share of the decisions in which the policy that logged decides.</param>
internal sealed record FromLogCell(string Name, Interval Kept, Interval Alone, double Supported, double Elsewhere);
