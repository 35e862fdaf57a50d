namespace StreamSched.Simulation.Experiments;

/// <summary>An experiment that can be called by its name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it shows, in a line.</param>
/// <param name="Policies">Names of the policies that take part; more can be added.</param>
/// <param name="Plan">Makes the cells and policies; given where scenarios are and what loads mean there.</param>
public sealed record NamedExperiment(string Name, string Summary, IReadOnlyList<string> Policies, Func<ExperimentInputs, ExperimentPlan> Plan);
