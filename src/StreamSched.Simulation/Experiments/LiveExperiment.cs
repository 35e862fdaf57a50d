using System.Collections.Concurrent;
using System.Diagnostics;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.Live;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Experiments;

/// <summary>
/// Whether learning while serving is worth it: the same file with the fast filters of the view alone (frozen), with the live loop (live), and replaced at the
/// change by what was trained for the world after it (oracle), with the same random numbers.
/// </summary>
public static class LiveExperiment
{
    // Where the worst stretch is looked for, and what a time to recover is averaged over, in seconds.
    private const double Worst = 10, Smooth = 20;

    // Labels come up to ten seconds late; their value is to be back a minute later.
    private const double Labels = 10, Back = 60, BackFor = 30;
    private const double Settled = 60;

    /// <summary>Runs it.</summary>
    /// <param name="scenarios">Worlds, each with the instant of its change.</param>
    /// <param name="policy">The file that serves.</param>
    /// <param name="simulated">What the learner knows of simulated worlds.</param>
    /// <param name="scheduler">How the schedulers decide.</param>
    /// <param name="seeds">How many seeds, from 90,001 on.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="provenance">Goes into the report.</param>
    /// <param name="progress">Told after every run how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static LiveReport Run(
        IReadOnlyList<Scenario> scenarios, LoadedPolicy policy, SimulatedOutcomes simulated, SchedulerSettings scheduler, int seeds, int threads,
        Provenance provenance,
        IProgress<(int Done, int All)>? progress = null, CancellationToken cancellation = default)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        ConcurrentDictionary<string, LiveOracle> oracles = [];
        int done = 0, all = scenarios.Count + (3 * scenarios.Count * seeds);
        Parallel.ForEach(scenarios, options, s =>
        {
            oracles[s.Name] = LiveOracle.Train(s, policy, scheduler, cancellation);
            progress?.Report((Interlocked.Increment(ref done), all));
        });
        List<(int Scenario, int Seed, LiveSide Side)> jobs =
        [
            .. from i in Enumerable.Range(0, seeds)
               from s in Enumerable.Range(0, scenarios.Count)
               from side in Enum.GetValues<LiveSide>()
               select (s, i, side),
        ];
        LiveOutcomeOfRun[,,] runs = new LiveOutcomeOfRun[scenarios.Count, seeds, 3];
        Parallel.ForEach(Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering), options, job =>
        {
            Scenario scenario = scenarios[job.Scenario];
            bool isLive = job.Side == LiveSide.Live;
            LiveSettings settings = new()
            {
                Policy = policy, Simulated = isLive ? simulated : null, Oracle = job.Side == LiveSide.Oracle ? oracles[scenario.Name] : null,
                Learner = new LiveLearnerSettings
                {
                    Value = scenario.Weights, LearnsAccuracy = isLive, Proposes = isLive, Seed = (ulong)job.Seed + 1,
                    Rollout = new RolloutSettings { Seed = (ulong)job.Seed + 1 },
                },
            };
            long began = Stopwatch.GetTimestamp();
            LiveRun run = LiveRun.Of(scenario, 90_001 + (ulong)job.Seed, scheduler, settings, cancellation);
            runs[job.Scenario, job.Seed, (int)job.Side] = new LiveOutcomeOfRun(
                run.Loop.Series, run.Loop.Steps, run.Loop.Learner.Proposals, Stopwatch.GetElapsedTime(began).TotalSeconds);
            progress?.Report((Interlocked.Increment(ref done), all));
        });
        return new LiveReport
        {
            Provenance = provenance, Policy = policy.Metadata.Name, Digest = Convert.ToHexStringLower(policy.Digest.Span[..8]), Seeds = seeds,
            Cells =
            [
                .. scenarios.Select((s, i) => Cell(
                    s, [.. Enumerable.Range(0, seeds).Select(k => (LiveOutcomeOfRun[])[runs[i, k, 0], runs[i, k, 1], runs[i, k, 2]])])),
            ],
        };
    }

    private static LiveCell Cell(Scenario scenario, IReadOnlyList<LiveOutcomeOfRun[]> runs)
    {
        double end = scenario.Duration, last = end * 2 / 3, at = scenario.Events.Count == 0 ? end / 3 : scenario.Events.Min(e => e.At);
        double warm = Math.Max(scenario.WarmUp, Math.Min(30, at / 2)), back = at + Labels + Back;
        Interval live = Over(LiveSide.Live, LiveSide.Frozen, last, end), oracle = Over(LiveSide.Oracle, LiveSide.Frozen, last, end);
        double lost = Mean(LiveSide.Frozen, warm, at) - Mean(LiveSide.Frozen, back, back + BackFor);
        double returned = Over(LiveSide.Live, LiveSide.Frozen, back, back + BackFor).Mean;
        return new LiveCell
        {
            Scenario = scenario.Name, ChangeAt = at, Seconds = end, Before = Mean(LiveSide.Frozen, warm, at), Frozen = Mean(LiveSide.Frozen, last, end),
            LiveMinusFrozen = live, OracleMinusFrozen = oracle, WayToOracle = oracle.ExcludesZero ? live.Mean / oracle.Mean : null,
            LostBack = lost > 0.1 ? returned / lost : null,
            LostBackByOracle = lost > 0.1 ? Over(LiveSide.Oracle, LiveSide.Frozen, back, back + BackFor).Mean / lost : null,
            SecondsTo90 = oracle.ExcludesZero ? To90() : null, WorstFrozen = Lowest(LiveSide.Frozen), WorstLive = Lowest(LiveSide.Live),
            WholeRun = Over(LiveSide.Live, LiveSide.Frozen, warm, end), Proposals = runs.Average(r => r[(int)LiveSide.Live].Proposals),
            Promoted = runs.Average(r => r[(int)LiveSide.Live].Steps.Count(s => s.Reason.EndsWith("promoted", StringComparison.Ordinal))),
            RolledBack = runs.Average(r => r[(int)LiveSide.Live].Steps.Count(s => s.State == RolloutState.RolledBack)),
            Steps = [.. runs[0][(int)LiveSide.Live].Steps.Select(s => $"{s.At * 1e-6:0.0} s: {s.Reason}")],
            SecondsOfRun = runs.Average(r => r[(int)LiveSide.Live].Seconds),
            Difference = [.. Enumerable.Range(0, (int)(end / Smooth)).Select(i => Over(LiveSide.Live, LiveSide.Frozen, i * Smooth, (i + 1) * Smooth).Mean)],
        };

        double Mean(LiveSide side, double from, double to) => runs.Average(r => r[(int)side].Series.Points(from, to));

        Interval Over(LiveSide one, LiveSide other, double from, double to) =>
            Statistics.Mean([.. runs.Select(r => r[(int)one].Series.Points(from, to) - r[(int)other].Series.Points(from, to))]);

        double Lowest(LiveSide side) => runs.Average(r => r[(int)side].Series.Worst(at, end, Worst));

        double? To90()
        {
            for (double t = at; t + Smooth <= end; t += 1)
            {
                double reach = Over(LiveSide.Oracle, LiveSide.Frozen, Math.Min(t + Settled, last), end).Mean;
                if (Over(LiveSide.Live, LiveSide.Frozen, t, t + Smooth).Mean >= 0.9 * reach) return t - at;
            }

            return null;
        }
    }

    private sealed record LiveOutcomeOfRun(ValueSeries Series, IReadOnlyList<RolloutStep> Steps, int Proposals, double Seconds);
}
