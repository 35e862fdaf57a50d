namespace StreamSched.Simulation.BadCandidates;

/// <summary>A bad candidate.</summary>
/// <param name="Kind">Name of its kind.</param>
/// <param name="File">Its file.</param>
internal sealed record BadCandidate(string Kind, byte[] File);
