using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Experiments;

/// <summary>What the bound of a cell is computed of.</summary>
/// <param name="Name">Cells whose bounds have the same name have the same bound.</param>
/// <param name="World">The world, which may be a longer one than the cell's.</param>
/// <param name="Every">Only every so many-th of its requests is looked at, with as much less capacity.</param>
public sealed record BoundWorld(string Name, Scenario World, int Every = 1)
{
    /// <summary>The cell's own requests: no policy can exceed it in this very run.</summary>
    /// <param name="cell">The cell.</param>
    public static BoundWorld Of(Scenario cell) => new(cell.Name, cell);
}
