using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>Where each request of one run is placed. It is worth nothing in any other run, since others make other requests.</summary>
/// <param name="Scenario">The world that it is made for.</param>
/// <param name="Seed">The seed that it is made for.</param>
/// <param name="Placements">By number of the request: the placement as schedulers number them, or -1: refused.</param>
internal sealed record Plan(Scenario Scenario, ulong Seed, IReadOnlyList<int> Placements)
{
    /// <summary>Plays it in the world: the schedulers do what it says, and everything else is as under any policy.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">It is the plan of another run.</exception>
    public WorldResult Play(Scenario scenario, ulong seed, CancellationToken cancellation = default) => Play(scenario, seed, out _, cancellation);

    /// <summary>The same, with what each request was worth.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="worth">By number of the request.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">It is the plan of another run.</exception>
    public WorldResult Play(Scenario scenario, ulong seed, out IReadOnlyList<double> worth, CancellationToken cancellation)
    {
        if (scenario != Scenario || seed != Seed)
            throw new ArgumentException($"this plan is for seed {Seed} of {Scenario.Name}, not for seed {seed} of {scenario.Name}");
        PlanPlayer player = new(scenario, Placements);
        worth = player.Worth;

        // The mask is a scheduler's caution, and the plan knows; so it is opened as wide as it goes.
        Scenario unmasked = scenario with { Mask = FeasibilityRule.Completion };
        SchedulerSettings settings = new() { Exploration = 0, Prediction = new PredictionSettings { MaskDeviations = 1e6f } };
        return new World(
            unmasked, new WorldSettings { Seed = seed, Scheduler = unmasked.Valued(settings), Policy = _ => player, Observer = player, TimeEvery = 0 })
            .Run(cancellation);
    }
}
