namespace StreamSched.Simulation.Scenarios;

/// <summary>Which answers are found to be right or wrong, and when.</summary>
/// <param name="Share">Fraction of the answers.</param>
/// <param name="Delay">Seconds from the answer until its label is back, drawn uniformly.</param>
internal sealed record LabelDefinition(double Share, (double Least, double Most) Delay);
