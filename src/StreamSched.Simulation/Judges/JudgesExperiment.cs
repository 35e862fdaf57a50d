using System.Collections.Concurrent;
using StreamSched.Core.Rollouts;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Judges;

/// <summary>
/// How wrong each judge of a policy is. The truth, all requests under the challenger less all under the champion, is known to a simulator alone. Requests share
/// queues, so a judge that compares single requests credits a greedy policy with what it takes from the others (Farias et al., arXiv 2206.02371; Li et
/// al., 2302.12093). All runs of a seed have the same random numbers.
/// </summary>
internal static class JudgesExperiment
{
    private const double FewShare = 0.1, HalfShare = 0.5;
    private const int RunsOfSeed = 5;

    /// <summary>The judges, in the order of a cell's figures.</summary>
    public static readonly IReadOnlyList<string> Judges =
    [
        "canary, 10 %", "canary, 50 %", "SNIPS", "doubly robust", "net utility, 10 %", "net utility, 50 %", "switchback",
    ];

    /// <summary>Runs it.</summary>
    /// <param name="worlds">The cells.</param>
    /// <param name="seeds">How many seeds, from 90,001 on.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="progress">Told after every run how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static IReadOnlyList<JudgedCell> Run(
        IReadOnlyList<JudgedWorld> worlds, int seeds, int threads, IProgress<(int Done, int All)>? progress = null, CancellationToken cancellation = default)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Verdicts[,] verdicts = new Verdicts[worlds.Count, seeds];
        int done = 0, all = RunsOfSeed * verdicts.Length;
        IEnumerable<(int World, int Seed)> jobs = from i in Enumerable.Range(0, seeds) from w in Enumerable.Range(0, worlds.Count) select (w, i);
        Parallel.ForEach(Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering), options, job => verdicts[job.World, job.Seed] =
            Judge(worlds[job.World], 90_001 + (ulong)job.Seed, () => progress?.Report((Interlocked.Increment(ref done), all)), cancellation));
        return [.. worlds.Select((world, w) => Cell(world, [.. Enumerable.Range(0, seeds).Select(s => verdicts[w, s])]))];
    }

    private static Verdicts Judge(JudgedWorld world, ulong seed, Action ran, CancellationToken cancellation)
    {
        (string _, Scenario scenario, JudgedPolicy champion, JudgedPolicy challenger) = world;
        IReadOnlyList<JudgedRequest> log = Requests(() => new ServingPlan(champion.Asking(challenger)));
        double value = Estimates.Value(log), truth = Estimates.Value(Requests(() => new ServingPlan(challenger.Serving(2)))) - value;
        IReadOnlyList<JudgedRequest> few = Requests(() => Both(null), FewShare), half = Requests(() => Both(null), HalfShare);
        WindowPlan windows = Estimates.Windows(
            scenario.Applications.Max(a => a.Deadline.Most), (long)(scenario.WarmUp * 1e6), (long)(scenario.Duration * 1e6), (long)seed);
        return new Verdicts(
            value, truth,
            [
                Estimates.Canary(few), Estimates.Canary(half), Estimates.Snips(log), Estimates.DoublyRobust(log), Estimates.NetUtility(few),
                Estimates.NetUtility(half), Estimates.Switchback(Requests(() => Both(windows)), windows),
            ]);

        ServingPlan Both(WindowPlan? plan) => new(champion.Serving(1), challenger.Serving(2), plan);

        IReadOnlyList<JudgedRequest> Requests(Func<ServingPlan> plan, double share = 0)
        {
            IReadOnlyList<JudgedRequest> requests = RequestLog.Of(scenario, seed, JudgedWorld.Scheduler, plan, share, cancellation);
            ran();
            return requests;
        }
    }

    private static JudgedCell Cell(JudgedWorld world, IReadOnlyList<Verdicts> verdicts)
    {
        Interval truth = Statistics.Mean([.. verdicts.Select(v => v.Truth)]);
        return new JudgedCell(
            world.Name, verdicts.Average(v => v.Champion), truth,
            [
                .. Judges.Select((name, j) =>
                {
                    double[] estimates = [.. verdicts.Select(v => v.Estimates[j])];
                    double mean = estimates.Average();
                    return new JudgeFigure(
                        name, mean, Math.Sqrt(estimates.Sum(e => (e - mean) * (e - mean)) / Math.Max(1, estimates.Length - 1)),
                        Statistics.Mean([.. verdicts.Select(v => v.Estimates[j] - v.Truth)]), Math.Sign(mean) == Math.Sign(truth.Mean));
                }),
            ]);
    }

    private sealed record Verdicts(double Champion, double Truth, IReadOnlyList<double> Estimates);
}
