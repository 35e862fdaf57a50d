using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Worlds;

/// <summary>Who decides in a world.</summary>
public sealed record WorldSettings
{
    /// <summary>Seed of everything that is drawn.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// How the schedulers decide. Liveness, scaled view and seed of decisions are set from the scenario and the seed; no time budget is kept, so that a run is
    /// the same on every machine.
    /// </summary>
    public SchedulerSettings Scheduler { get; init; } = new() { Exploration = 0 };

    /// <summary>Makes the policy of a scheduler where it is not one of the catalogue; given the scheduler's index.</summary>
    public Func<int, ISchedulingPolicy>? Policy { get; init; }

    /// <summary>Sees what happens.</summary>
    public WorldObserver? Observer { get; init; }

    /// <summary>Every so many decisions one is timed; 0: none.</summary>
    public int TimeEvery { get; init; } = 64;
}
