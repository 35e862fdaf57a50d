using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Live;

/// <summary>A world with a learner in it.</summary>
/// <param name="Result">What the world has counted.</param>
/// <param name="Loop">What was learned, and what answers were worth when.</param>
public sealed record LiveRun(WorldResult Result, LiveLoop Loop)
{
    /// <summary>Runs a world to its end.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="scheduler">How the schedulers decide; the policy is that of <paramref name="settings"/>, where they name one.</param>
    /// <param name="settings">What the learner learns.</param>
    /// <param name="cancellation">Stops it early.</param>
    public static LiveRun Of(
        Scenario scenario, ulong seed, SchedulerSettings scheduler, LiveSettings settings, CancellationToken cancellation = default)
    {
        LiveLoop loop = new(scenario, settings);
        World world = new(
            scenario,
            new WorldSettings { Seed = seed, Scheduler = scenario.Valued(scheduler) with { RecordsFeatures = true }, Observer = loop, TimeEvery = 0 });
        loop.Attach(world);
        return new LiveRun(world.Run(cancellation), loop);
    }
}
