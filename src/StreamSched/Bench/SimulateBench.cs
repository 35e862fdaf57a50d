using System.Diagnostics;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Bench;

/// <summary>What simulating costs.</summary>
/// <param name="Conditions">Where and when.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Decisions">Decisions alone, by policy and number of candidates.</param>
/// <param name="Worlds">Whole worlds on one thread.</param>
internal sealed record SimulateReport(RunConditions Conditions, string Command, IReadOnlyList<DecisionCost> Decisions, IReadOnlyList<WorldCost> Worlds);

/// <summary>What a world costs, everything included.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Workers">How many workers it has.</param>
/// <param name="Load">All its arrivals times this.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Requests">Simulated.</param>
/// <param name="RequestsPerSecond">Of the best of several runs on one thread: what a machine that does nothing else gives.</param>
/// <param name="DecisionNanoseconds">Median of one decision within the world, the stopwatch's own time included.</param>
/// <param name="Bytes">Allocated per request, the world's own making included.</param>
internal sealed record WorldCost(
    string Scenario, int Workers, double Load, string Policy, long Requests, double RequestsPerSecond, double DecisionNanoseconds, double Bytes);

/// <summary>Times whole worlds.</summary>
internal static class SimulateBench
{
    private const int Runs = 3;

    /// <summary>Runs a world several times on this thread.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="stop">Stops it.</param>
    public static WorldCost Measure(Scenario scenario, string policy, CancellationToken stop)
    {
        SchedulerSettings settings = PolicySource.Find(policy, "--policies").Into(new SchedulerSettings { Exploration = 0 });
        double best = double.PositiveInfinity;
        WorldResult? result = null;
        long bytes = 0;
        for (int run = 0; run < Runs; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            result = new World(scenario, new WorldSettings { Seed = scenario.Seed, Scheduler = settings }).Run(stop);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return new WorldCost(
            scenario.Name, scenario.WorkerCount, scenario.Load, policy, result!.Simulated, result.Simulated / best, 1e9 * result.DecisionP50,
            (double)bytes / result.Simulated);
    }
}
