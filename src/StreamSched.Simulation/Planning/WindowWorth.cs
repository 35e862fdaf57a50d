namespace StreamSched.Simulation.Planning;

/// <summary>Mean value of the requests that an oracle planned for.</summary>
/// <param name="Policy">Under the policy that it began with.</param>
/// <param name="Oracle">Under its plan.</param>
public sealed record WindowWorth(double Policy, double Oracle);
