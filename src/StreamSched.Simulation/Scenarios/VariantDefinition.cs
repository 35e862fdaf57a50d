namespace StreamSched.Simulation.Scenarios;

/// <summary>A model variant.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Task">The task it answers.</param>
/// <param name="Accuracy">0..1.</param>
/// <param name="MemoryBytes">What it needs.</param>
/// <param name="Assumed">Whether the accuracy is not from the data.</param>
internal sealed record VariantDefinition(string Name, string Task, float Accuracy, long MemoryBytes, bool Assumed);
