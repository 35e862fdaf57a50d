namespace StreamSched.Simulation.Training;

/// <summary>How far a training is.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="Left">Time left.</param>
/// <param name="Point">The last point of the learning curve; empty before the first.</param>
public sealed record TrainingProgress(long Steps, TimeSpan Left, IReadOnlyList<(string Name, double Value)> Point);
