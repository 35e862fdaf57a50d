using System.Diagnostics;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>
/// A planner that knows the future of one run: every arrival, every noise draw, every change. It begins with what the best of several policies chose, looks for
/// something better, and plays it in the world. So its value can be reached, by somebody who knows as much, and lies between every one of those policies and
/// the upper bound.
/// </summary>
internal static class Oracle
{
    // Plays the plan so many times on the way: the best one that was played counts.
    private const int Rounds = 8;
    private const int StepsBetweenLooks = 256;

    /// <summary>Finds a plan.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="policies">How known policies decide; the seed is set. At least one.</param>
    /// <param name="settings">How long to look.</param>
    /// <param name="progress">Told the part that is done, 0..1; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException"><see cref="OracleSettings.Problem"/> says why.</exception>
    public static OracleResult Find(
        Scenario scenario, ulong seed, IReadOnlyList<WorldSettings> policies, OracleSettings settings, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        if (settings.Problem(scenario, seed) is { } problem) throw new ArgumentException(problem);
        long begun = Stopwatch.GetTimestamp();
        (int start, ChoiceRecorder choices, WorldResult startResult, PlanningProblem run) = Best(scenario, seed, policies, cancellation);
        PlanSearch search = new(run, choices.Placements, seed, settings);
        Plan plan = new(scenario, seed, choices.Placements);
        WorldResult best = startResult;
        IReadOnlyList<double> worth = choices.Worth;
        long tries = (long)settings.TriesPerRequest * search.Movable.Count, tried = 0;
        double promised = 0;
        for (int round = 1; round <= Rounds && Stopwatch.GetElapsedTime(begun) < settings.TimeLimit; round++)
        {
            for (long until = tries * round / Rounds; tried < until && Stopwatch.GetElapsedTime(begun) < settings.TimeLimit;)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int i = 0; i < StepsBetweenLooks && tried < until; i++) search.Step((double)tried++ / tries);
                progress?.Report((double)tried / tries);
            }

            if (search.Earned <= promised) continue;
            promised = search.Earned;
            Plan candidate = new(scenario, seed, search.Plan);
            WorldResult played = candidate.Play(scenario, seed, out IReadOnlyList<double> each, cancellation);
            if (played.All.Value(scenario) > best.All.Value(scenario)) (plan, best, worth) = (candidate, played, each);
        }

        double weight = Math.Max(1e-12, search.Movable.Sum(r => (double)scenario.Applications[run[r].Application].Weight));
        WindowWorth window = new(search.Movable.Sum(r => choices.Worth[r]) / weight, search.Movable.Sum(r => worth[r]) / weight);
        return new OracleResult(plan, best, start, startResult, window, tried);
    }

    private static (int Index, ChoiceRecorder Choices, WorldResult Result, PlanningProblem Run) Best(
        Scenario scenario, ulong seed, IReadOnlyList<WorldSettings> policies, CancellationToken cancellation)
    {
        (int Index, ChoiceRecorder Choices, WorldResult Result, World World)? best = null;
        for (int i = 0; i < policies.Count; i++)
        {
            ChoiceRecorder choices = new(scenario);
            World world = new(scenario, policies[i] with { Seed = seed, Observer = choices });
            WorldResult result = world.Run(cancellation);
            if (best is null || result.All.Value(scenario) > best.Value.Result.All.Value(scenario)) best = (i, choices, result, world);
        }

        (int index, ChoiceRecorder chosen, WorldResult gave, World played) = best ?? throw new ArgumentException("an oracle begins with a policy");
        return (index, chosen, gave, new PlanningProblem(scenario, seed, played.PlacementIndices, chosen.DecidedAt));
    }
}
