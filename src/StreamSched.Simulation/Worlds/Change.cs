using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Worlds;

/// <summary>Something about the world that becomes different, or returns to what it was.</summary>
/// <param name="At">µs.</param>
/// <param name="Kind">What.</param>
/// <param name="Event">Index of the scenario's event.</param>
/// <param name="Target">A worker, or a link.</param>
/// <param name="Factor">As its event says, drawn.</param>
/// <param name="Bandwidth">Bandwidth over the usual one.</param>
/// <param name="Begins">Whether it begins.</param>
internal readonly record struct Change(long At, EventKind Kind, int Event, int Target, float Factor, float Bandwidth, bool Begins);
