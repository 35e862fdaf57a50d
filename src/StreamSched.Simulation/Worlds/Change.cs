using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>Something about the world that becomes different, or returns to what it was.</summary>
/// <param name="At">µs.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">A worker, or a link.</param>
/// <param name="Factor">Times slower, or times longer delay.</param>
/// <param name="Bandwidth">Bandwidth over the usual one.</param>
/// <param name="Begins">Whether it begins.</param>
internal readonly record struct Change(long At, EventKind Kind, int Target, float Factor, float Bandwidth, bool Begins);
