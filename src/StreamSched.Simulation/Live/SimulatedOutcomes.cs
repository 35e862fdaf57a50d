namespace StreamSched.Simulation.Live;

/// <summary>Outcomes of choices in simulated worlds.</summary>
/// <param name="Features">[outcomes × features] of layout 3.</param>
/// <param name="OnTime">[outcomes].</param>
public sealed record SimulatedOutcomes(ReadOnlyMemory<float> Features, ReadOnlyMemory<bool> OnTime);
