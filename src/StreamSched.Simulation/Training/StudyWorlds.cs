using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Training;

/// <summary>
/// Worlds of scenarios as they are, but for a range of loads: for policies that are studied in the setting of their paper. Seeds of training begin at 10,001,
/// those by which the best state of a training is kept at 60,001; scenarios begin to evaluate at their own, usually 1.
/// </summary>
/// <param name="plan">The scenarios.</param>
/// <param name="lightest">Least load, over the scenario's own.</param>
/// <param name="heaviest">Highest load, over the scenario's own.</param>
internal sealed class StudyWorlds(TrainingPlan plan, double lightest = 1, double heaviest = 1)
{
    private const ulong TrainingSeeds = 10_001, ValidationSeeds = 60_001;
    private readonly Scenario[] _scenarios = [.. plan.Scenarios.Select(s =>
        s with { Duration = Math.Min(s.Duration, s.WarmUp + (plan.RequestsPerWorld / Math.Max(1e-9, TrainingWorlds.Rate(s)))) })];

    /// <summary>A world to learn in.</summary>
    /// <param name="index">Counted up.</param>
    public (Scenario Scenario, ulong Seed) Training(long index) => Of(index, TrainingSeeds + (ulong)(index % 40_000), 0.5 + (0.5 * Math.Cos(index * 2.399963)));

    /// <summary>One of the worlds by which states of a training are compared.</summary>
    /// <param name="index">Which.</param>
    public (Scenario Scenario, ulong Seed) Validation(int index) => Of(index, ValidationSeeds + (ulong)index, (index + 0.5) / 4 % 1);

    /// <summary>Runs a world with a policy of each scheduler's own, without exploration by the scheduler.</summary>
    public static WorldResult Run(
        (Scenario Scenario, ulong Seed) world, Func<int, ISchedulingPolicy> policy, CancellationToken stop, SchedulerSettings? settings = null) =>
        new World(
            world.Scenario, new WorldSettings
            {
                Seed = world.Seed, Policy = policy, TimeEvery = 0,
                Scheduler = world.Scenario.Valued(settings ?? new SchedulerSettings()) with { Exploration = 0 },
            }).Run(stop);

    // Loads are spread evenly, whatever the number of worlds.
    private (Scenario Scenario, ulong Seed) Of(long index, ulong seed, double share)
    {
        Scenario scenario = _scenarios[index % _scenarios.Length];
        return (scenario with { Load = scenario.Load * (lightest + ((heaviest - lightest) * share)), Seed = seed }, seed);
    }
}
