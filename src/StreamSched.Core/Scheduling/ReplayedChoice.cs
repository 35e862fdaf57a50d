namespace StreamSched.Core.Scheduling;

/// <summary>A decision that was taken again.</summary>
/// <param name="Candidate">Index of the chosen candidate; -1: rejected.</param>
/// <param name="Propensity">Probability of this choice.</param>
/// <param name="Explored">Whether it was drawn in place of the policy's own.</param>
/// <param name="Policy">Who chose, as records name it.</param>
public readonly record struct ReplayedChoice(int Candidate, float Propensity, bool Explored, string Policy);
