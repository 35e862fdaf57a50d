namespace StreamSched.Simulation.Scenarios;

/// <summary>How service times scatter about the measured one; the mean factor is 1.</summary>
/// <param name="Sigma">Standard deviation of the logarithm (log-normal).</param>
/// <param name="Exponential">Exponential instead, for comparison with closed forms.</param>
internal readonly record struct ServiceNoise(double Sigma, bool Exponential);
