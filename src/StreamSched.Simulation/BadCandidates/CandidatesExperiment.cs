using System.Collections.Concurrent;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.Judges;
using StreamSched.Simulation.Live;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>
/// What becomes of bad candidates that are proposed to the live loop while it serves: each world is a day in which one after another is proposed. Those that
/// reach a trial are held against the truth, the candidate alone less the champion alone with the same random numbers, and against a canary.
/// </summary>
internal static class CandidatesExperiment
{
    /// <summary>Worlds of a seed.</summary>
    public const int WorldsOfSeed = 10;

    private const double MostSeconds = 6 * 3600, WarmUp = 10, Counted = 180, CanaryShare = 0.1;
    private static readonly double[] Loads = [0.9, 1.1];
    private static readonly SchedulerSettings Scheduler = new() { Exploration = 0.01f };

    /// <summary>Runs it.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="policy">The file of the policy that serves, with a network.</param>
    /// <param name="kinds">What is proposed.</param>
    /// <param name="seeds">How many seeds, from 90,001 on.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="progress">Told after every world how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static IReadOnlyList<CandidateDay> Run(
        Scenario scenario, LoadedPolicy policy, IReadOnlyList<BadKind> kinds, int seeds, int threads, IProgress<(int Done, int All)>? progress = null,
        CancellationToken cancellation = default)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        CandidateDay[] days = new CandidateDay[seeds * WorldsOfSeed];
        int done = 0;
        Parallel.ForEach(Partitioner.Create(Enumerable.Range(0, days.Length), EnumerablePartitionerOptions.NoBuffering), options, d =>
        {
            days[d] = Day(scenario with { Load = scenario.Load * Loads[d % Loads.Length] }, policy, kinds, 90_001 + (ulong)d, cancellation: cancellation);
            progress?.Report((Interlocked.Increment(ref done), days.Length));
        });
        return days;
    }

    /// <summary>Runs one world.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="policy">As above.</param>
    /// <param name="kinds">As above.</param>
    /// <param name="seed">Of the world, and of what is drawn.</param>
    /// <param name="rollout">How candidates are judged; null: as usual.</param>
    /// <param name="cancellation">Stops it.</param>
    public static CandidateDay Day(
        Scenario scenario, LoadedPolicy policy, IEnumerable<BadKind> kinds, ulong seed, RolloutSettings? rollout = null,
        CancellationToken cancellation = default)
    {
        IReadOnlyList<BadCandidate> candidates = BadKinds.Draw(kinds, policy.File!, seed);
        CandidateFeed fed = Propose(scenario, policy, candidates, seed, rollout ?? new RolloutSettings(), cancellation);
        Scenario twin = scenario with { Duration = WarmUp + Counted, WarmUp = WarmUp, Labels = null };
        double? champion = null;
        return new CandidateDay(
            seed, scenario.Load, candidates.Count - fed.Fates.Count, fed.AccountOfHour, [.. fed.Fates.Select((fate, i) => Judged(fate, candidates[i]))],
            fed.Steps);

        CandidateFate Judged(CandidateFate fate, BadCandidate candidate)
        {
            if (fate.Windows == 0) return fate;
            LoadedPolicy file = LoadedPolicy.Parse(candidate.File);
            champion ??= Estimates.Value(Requests(() => new ServingPlan(Serving(policy, 1))));
            return fate with
            {
                Truth = Estimates.Value(Requests(() => new ServingPlan(Serving(file, 2)))) - champion,
                Canary = Estimates.Canary(Requests(() => new ServingPlan(Serving(policy, 1), Serving(file, 2)), CanaryShare)),
            };
        }

        IReadOnlyList<JudgedRequest> Requests(Func<ServingPlan> plan, double share = 0) => RequestLog.Of(twin, seed, Scheduler, plan, share, cancellation);
    }

    private static ServingPolicy Serving(LoadedPolicy file, int version) => new(file.Prepare(), version);

    private static CandidateFeed Propose(
        Scenario scenario, LoadedPolicy policy, IReadOnlyList<BadCandidate> candidates, ulong seed, RolloutSettings rollout, CancellationToken cancellation)
    {
        Scenario day = scenario with { Duration = MostSeconds };
        LiveLoop loop = new(day, new LiveSettings
        {
            Policy = policy,
            Learner = new LiveLearnerSettings
            {
                Value = day.Weights, Proposes = false, OnTime = new OnTimeLearnerSettings { Passes = 0.01f }, Seed = seed,
                Rollout = rollout with { Seed = seed },
            },
        });
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CandidateFeed feed = new(loop, candidates, over.Cancel);
        SchedulerSettings scheduler = day.Valued(Scheduler) with { RecordsFeatures = true };
        World world = new(day, new WorldSettings { Seed = seed, Scheduler = scheduler, Observer = feed, TimeEvery = 0 });
        loop.Attach(world);
        try
        {
            world.Run(over.Token);
        }
        catch (OperationCanceledException)
        {
            // All candidates have been stopped, and the rest of the day shows nothing; or somebody has stopped the whole.
            cancellation.ThrowIfCancellationRequested();
        }

        return feed;
    }
}
