using StreamSched.Simulation.Grid;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Experiments;

/// <summary>What a named experiment is made from.</summary>
/// <param name="folder">The folder of the shipped scenarios.</param>
/// <param name="units">What load 1 means in each world.</param>
/// <param name="policies">The policies that take part.</param>
/// <param name="cancellation">Stops the calibration.</param>
public sealed class ExperimentInputs(string folder, UnitLoads units, IReadOnlyList<PolicyEntry> policies, CancellationToken cancellation = default)
{
    /// <summary>The policies that take part.</summary>
    public IReadOnlyList<PolicyEntry> Policies => policies;

    /// <summary>What load 1 means in each world.</summary>
    /// <param name="worlds">Worlds with steady arrivals.</param>
    public IReadOnlyList<double> Units(IReadOnlyList<Scenario> worlds) => units.Of(worlds, cancellation);

    /// <summary>Reads a shipped scenario.</summary>
    /// <param name="name">Its file name without the ending.</param>
    /// <exception cref="ScenarioException">It is not there, or something is wrong with it.</exception>
    public Scenario Read(string name) => ScenarioFile.Load(Path.Combine(folder, name + ".json"), folder);
}
