namespace StreamSched.Simulation.Judges;

/// <summary>A policy in the light of a decision that was logged.</summary>
/// <param name="Weight">Probability that it decides so, over the propensity of the decision.</param>
/// <param name="Predicted">What its own decision is predicted to be worth.</param>
internal readonly record struct PolicyView(double Weight, double Predicted);
