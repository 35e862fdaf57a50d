namespace StreamSched.Core.Networks;

/// <summary>A decision of an <see cref="Actor"/>.</summary>
/// <param name="Action">What to do.</param>
/// <param name="LogProbability">Logarithm of the probability with which the policy does it.</param>
/// <param name="Value">What the critic expected before it.</param>
public readonly record struct ActorDecision(int Action, float LogProbability, float Value);
