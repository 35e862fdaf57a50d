using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>The best plan that was found.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Result">What it gives, played in the world.</param>
/// <param name="Start">Index of the policy that it started from: the best of those that were given.</param>
/// <param name="StartResult">What that policy gives.</param>
/// <param name="Window">What the requests that it planned for were worth under both.</param>
/// <param name="Tried">Changes that were tried.</param>
internal sealed record OracleResult(Plan Plan, WorldResult Result, int Start, WorldResult StartResult, WindowWorth Window, long Tried);
