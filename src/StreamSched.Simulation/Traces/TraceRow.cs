namespace StreamSched.Simulation.Traces;

/// <summary>One request of a trace.</summary>
/// <param name="At">Seconds since the beginning.</param>
/// <param name="Application">Its application; empty: drawn.</param>
/// <param name="Site">The device's site; empty: drawn.</param>
/// <param name="Deadline">Seconds; 0: drawn.</param>
internal readonly record struct TraceRow(double At, string Application, string Site, double Deadline);
