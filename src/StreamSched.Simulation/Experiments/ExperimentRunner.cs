using System.Collections.Concurrent;
using System.Diagnostics;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Online;
using StreamSched.Learning.Rollouts;
using StreamSched.Simulation.Bounds;
using StreamSched.Simulation.Live;
using StreamSched.Simulation.Planning;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Experiments;

/// <summary>Runs experiments: worlds in parallel, each of them by itself on one thread and the same in every run.</summary>
public static class ExperimentRunner
{
    // A simple rule that is further than this below the best one of a cell after the first seeds is not run with more of them: two points.
    private const double Contending = 0.02;
    private const string OracleName = "oracle (knows the future)";

    /// <summary>Runs everything that the results file does not have yet, and reports.</summary>
    /// <param name="plan">What is to be run.</param>
    /// <param name="provenance">Goes into the report.</param>
    /// <param name="progress">Told after every run how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it; what was finished is in the results file, and seeds that every policy has finished are in the report.</param>
    /// <exception cref="ArgumentException">Two scenarios or two policies have the same name.</exception>
    public static ExperimentReport Run(
        ExperimentPlan plan, Provenance provenance, IProgress<(int Done, int All)>? progress = null, CancellationToken cancellation = default)
    {
        Distinct(plan.Scenarios.Select(s => s.Name), "scenarios");
        Distinct(plan.Policies.Select(p => p.Name), "policies");
        using RunStore store = new(plan.ResultsFile);
        bool complete = true;
        Scenario[] open = [.. plan.Scenarios];
        for (int first = 0; complete && open.Length > 0; first += plan.Seeds)
        {
            complete = Run(plan, store, open, first, provenance, progress, cancellation);
            bool more = first + (2 * plan.Seeds) <= plan.MostSeeds;
            open = [.. open.Where(s =>
                more && Report(plan, s, store) is { } cell && cell.Policies.FirstOrDefault(p => !p.IsHeuristic)?.Difference is { Half: > Statistics.Shown })];
        }

        return new ExperimentReport
        {
            Provenance = provenance with { Commit = string.Join(", ", store.Commits.Append(provenance.Commit).Distinct()) }, IsComplete = complete,
            Problem = store.Problem, Cells = [.. plan.Scenarios.Select(s => Report(plan, s, store)).OfType<CellReport>()],
        };
    }

    // Some scenarios, as many seeds as the plan says from the given one on. Whether all of it was done.
    private static bool Run(
        ExperimentPlan plan, RunStore store, Scenario[] scenarios, int first, Provenance provenance, IProgress<(int Done, int All)>? progress,
        CancellationToken cancellation)
    {
        List<(Scenario Scenario, PolicyEntry? Policy, ulong Seed)> jobs = [];
        HashSet<(string, ulong)> bounds = [];

        // Seed by seed, so that what was finished when somebody stops it is whole seeds of every policy.
        for (int i = first; i < first + plan.Seeds; i++)
        {
            foreach (Scenario scenario in scenarios)
            {
                ulong seed = scenario.Seed + (ulong)i;
                if (plan.Bound is not null && first == 0 && bounds.Add((plan.BoundOf(scenario).Name, seed))) jobs.Add((scenario, null, seed));
                if (plan.Oracle is not null && first == 0) jobs.Add((scenario, OracleOf(plan), seed));
                foreach (PolicyEntry policy in first == 0 ? plan.Policies : Contenders(plan, scenario, store)) jobs.Add((scenario, policy, seed));
            }
        }

        jobs.RemoveAll(j => Find(plan, store, j.Scenario, j.Policy, j.Seed) is not null);
        int done = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = plan.Parallelism, CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering), options, job =>
            {
                store.Add(
                    (job.Policy is null ? RunBound(plan, job.Scenario, job.Seed, cancellation)
                        : job.Policy.Name == OracleName ? RunOracle(plan, job.Scenario, job.Seed, cancellation)
                        : Run(job.Scenario, job.Policy, job.Seed, cancellation)) with
                    {
                        Commit = provenance.Commit,
                    });
                int now = Interlocked.Increment(ref done);
                progress?.Report((now, jobs.Count));
            });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The report says that it is not complete.
        }

        return done == jobs.Count;
    }

    private static RunRecord Run(Scenario scenario, PolicyEntry policy, ulong seed, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        if (policy.HasLearner)
        {
            LiveSettings learner = new()
            {
                Policy = policy.File, BuiltIn = policy.Settings.Policy,
                Learner = new LiveLearnerSettings { Value = scenario.Weights, Seed = seed, Rollout = new RolloutSettings { Seed = seed } },
            };
            return Record(scenario, policy.Name, seed, start) with
            {
                Result = LiveRun.Of(scenario, seed, policy.Settings, learner, cancellation).Result,
                Digest = policy.Digest,
            };
        }

        WorldResult result = new World(scenario, new WorldSettings { Seed = seed, Scheduler = scenario.Valued(policy.Settings), Policy = policy.Create })
            .Run(cancellation);
        return Record(scenario, policy.Name, seed, start) with { Result = result, Digest = policy.Digest };
    }

    // Stands in for the oracle where policies are listed. Plans that were made otherwise are other ones.
    private static PolicyEntry OracleOf(ExperimentPlan plan) => new(OracleName, new SchedulerSettings(), IsHeuristic: false)
    {
        Digest = $"{plan.Oracle} from {string.Join(", ", plan.Policies.Select(p => p.Name + p.Digest))}",
    };

    private static RunRecord RunOracle(ExperimentPlan plan, Scenario scenario, ulong seed, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        WorldSettings[] policies = [.. plan.Policies.Select(p => new WorldSettings { Scheduler = scenario.Valued(p.Settings), Policy = p.Create })];
        OracleResult found = Planning.Oracle.Find(scenario, seed, policies, plan.Oracle!, cancellation: cancellation);
        return Record(scenario, OracleName, seed, start) with { Result = found.Result, Window = found.Window, Digest = OracleOf(plan).Digest };
    }

    private static RunRecord RunBound(ExperimentPlan plan, Scenario scenario, ulong seed, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        (string name, Scenario world, int every) = plan.BoundOf(scenario);
        BoundResult limit = UpperBound.Compute(world, seed, plan.Bound! with { Accuracy = scenario.ValueIsAccuracy, Every = every }, cancellation);
        return Record(world with { Name = name }, "", seed, start) with { Bound = limit };
    }

    private static RunRecord Record(Scenario scenario, string policy, ulong seed, long start) => new()
    {
        Scenario = scenario.Name, Policy = policy, Seed = seed, Load = scenario.Load, Duration = scenario.Duration,
        Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
    };

    private static RunRecord? Find(ExperimentPlan plan, RunStore store, Scenario scenario, PolicyEntry? policy, ulong seed) =>
        policy is not null ? store.Find(scenario.Name, policy.Name, policy.Digest, seed, scenario)
        : plan.BoundOf(scenario) is { } bound ? store.Find(bound.Name, "", "", seed, bound.World) : null;

    // Who takes part in further seeds of a cell: the policy that is evaluated, and the simple rules that may turn out to be the best.
    private static PolicyEntry[] Contenders(ExperimentPlan plan, Scenario scenario, RunStore store)
    {
        Dictionary<string, double> means = plan.Policies.ToDictionary(
            p => p.Name, p => SeedsOf(plan, scenario, store, p).Take(plan.Seeds).Average(s => Find(plan, store, scenario, p, s)!.Result!.All.Value(scenario)));
        double best = plan.Policies.Where(p => p.IsHeuristic).Select(p => means[p.Name]).DefaultIfEmpty(0).Max();
        PolicyEntry? evaluated = plan.Policies.FirstOrDefault(p => !p.IsHeuristic);
        return [.. plan.Policies.Where(p => p == evaluated || (p.IsHeuristic && means[p.Name] > best - Contending))];
    }

    private static ulong[] SeedsOf(ExperimentPlan plan, Scenario scenario, RunStore store, PolicyEntry policy) =>
        [.. Enumerable.Range(0, Math.Max(plan.Seeds, plan.MostSeeds)).Select(i => scenario.Seed + (ulong)i)
            .Where(s => Find(plan, store, scenario, policy, s) is not null)];

    // The first seeds, which all policies have; contenders may have more. Each policy is reported by all seeds that it shares with the policy that is
    // evaluated, and compared with the best rule by those that both have.
    private static CellReport? Report(ExperimentPlan plan, Scenario scenario, RunStore store)
    {
        Dictionary<string, ulong[]> seeds = plan.Policies.ToDictionary(p => p.Name, p => SeedsOf(plan, scenario, store, p));
        ulong[] shared =
        [
            .. seeds.Values.Aggregate((IEnumerable<ulong>)seeds.Values.First(), (a, b) => a.Intersect(b))
                .Where(s => (plan.Bound is null || Find(plan, store, scenario, null, s) is not null)
                    && (plan.Oracle is null || Find(plan, store, scenario, OracleOf(plan), s) is not null)).Order(),
        ];
        if (shared.Length == 0) return null;
        string[] contenders = shared.Length < plan.Seeds ? [] : [.. Contenders(plan, scenario, store).Select(p => p.Name)];
        ulong[] further = contenders.Length == 0
            ? [] : [.. contenders.Aggregate((IEnumerable<ulong>)seeds[contenders[0]], (a, b) => a.Intersect(seeds[b])).Where(s => s > shared[^1]).Order()];
        ulong[] all = [.. shared, .. further];
        BoundResult[] bounds = plan.Bound is null ? [] : [.. shared.Select(s => Find(plan, store, scenario, null, s)!.Bound!)];
        Dictionary<string, RunRecord[]> runs = plan.Policies.ToDictionary(
            p => p.Name, p => (contenders.Contains(p.Name) ? all : shared).Select(s => Find(plan, store, scenario, p, s)!).ToArray());
        Dictionary<string, double[]> values = runs.ToDictionary(r => r.Key, r => r.Value.Select(x => x.Result!.All.Value(scenario)).ToArray());
        string? best = plan.Policies.Where(p => p.IsHeuristic && (contenders.Length == 0 || contenders.Contains(p.Name)))
            .MaxBy(p => values[p.Name].Average())?.Name;
        RunRecord[] oracle = plan.Oracle is null ? [] : [.. shared.Select(s => Find(plan, store, scenario, OracleOf(plan), s)!)];
        double[] reached = [.. oracle.Select(r => r.Result!.All.Value(scenario))];
        if (plan.BoundOf(scenario).World == scenario && reached.Zip(bounds).Any(b => b.First > b.Second.Value + 1e-9))
            throw new InvalidOperationException($"{scenario.Name}: the oracle reached more than the bound says anybody can; one of the two is wrong");
        Interval? bound = bounds.Length == 0 ? null : Statistics.Mean([.. bounds.Select(b => b.Value)]);
        return new CellReport
        {
            Scenario = scenario.Name, Description = scenario.Description, Value = scenario.ValueName, Seeds = all,
            Duration = scenario.Duration, Load = scenario.Load, Requests = runs.Values.First().Average(r => (double)r.Result!.All.Requests),
            Assumed = scenario.Assumed, Bound = bound, Unlimited = bounds.Length == 0 ? null : Statistics.Mean([.. bounds.Select(b => b.Unlimited)]),
            BoundIsOptimistic = bounds.Any(b => b.Optimistic), BestHeuristic = best,
            OracleGain = plan.Oracle is null ? null : Statistics.Mean([.. oracle.Select(r => r.Window!.Oracle - r.Window.Policy)]),
            Oracle = plan.Oracle is null ? null
                : Report(OracleOf(plan), oracle, reached, best is null ? null : [.. values[best].Take(shared.Length)], bound, shared.Length),
            Policies = [.. plan.Policies.Select(p =>
                Report(p, runs[p.Name], values[p.Name], best is null || best == p.Name ? null : values[best], bound, shared.Length))],
        };
    }

    private static PolicyReport Report(PolicyEntry policy, RunRecord[] runs, double[] values, double[]? reference, Interval? bound, int bounded)
    {
        WorldResult[] results = [.. runs.Select(r => r.Result!)];
        double[]? differences = reference is null ? null : [.. values.Zip(reference, (a, b) => a - b)];
        Dictionary<string, double> reasons = Shares(results, r => r.All.RejectReasons);
        reasons["expired"] = results.Average(r => r.All.Expired);
        reasons["late"] = results.Average(r => r.All.Late);
        return new PolicyReport
        {
            Policy = policy.Name, IsHeuristic = policy.IsHeuristic, Value = Statistics.Mean(values),
            OfBound = bound is { Mean: > 0 } b ? values.Take(bounded).Average() / b.Mean : null,
            Difference = differences is null ? null : Statistics.Mean(differences), PValue = differences is null ? null : Statistics.PairedPValue(differences),
            Success = Of(r => r.All.Success), Reject = Of(r => r.All.Reject), Failure = Of(r => r.All.Failure), Accuracy = Of(r => r.All.Accuracy),
            AccuracyValue = Of(r => r.All.AccuracyValue), P50 = Of(r => r.All.P50), P99 = Of(r => r.All.P99), Energy = Of(r => r.All.Energy),
            Cost = Of(r => r.All.Cost), Utilisation = Of(r => r.Utilisation), Reasons = reasons, Sites = Shares(results, r => r.Sites),
            Tiers = Shares(results, r => r.Tiers), Classes = Shares(results, r => r.Classes), Variants = Shares(results, r => r.Variants),
            Placements = Placements(results), ValueBySeed = values,
            Applications = [.. results[0].Applications.Select((a, i) => new ApplicationReport(
                a.Name, Of(r => r.Applications[i].Success), Of(r => r.Applications[i].Reject), Of(r => r.Applications[i].Failure),
                Of(r => r.Applications[i].Accuracy), Of(r => r.Applications[i].P99)))],
            DecisionP50 = results.Average(r => r.DecisionP50), DecisionP99 = results.Average(r => r.DecisionP99),
            RequestsPerSecond = runs.Sum(r => r.Result!.Simulated) / Math.Max(1e-9, runs.Sum(r => r.Seconds)),
            PolicyFailures = results.Sum(r => r.PolicyFailures),
        };

        Interval Of(Func<WorldResult, double> figure) => Statistics.Mean([.. results.Select(figure)]);
    }

    private static Dictionary<string, double> Shares(WorldResult[] results, Func<WorldResult, IReadOnlyDictionary<string, double>> shares) =>
        results.SelectMany(r => shares(r).Keys).Distinct().Order(StringComparer.Ordinal)
            .ToDictionary(k => k, k => results.Average(r => shares(r).GetValueOrDefault(k)));

    // Of all seeds together, each answer counting the same.
    private static List<PlacementReport> Placements(WorldResult[] results)
    {
        double all = Math.Max(1, results.Sum(r => r.Placements.Sum(p => p.Answers)));
        return
        [
            .. from p in results.SelectMany(r => r.Placements)
               group p by (p.Site, p.Tier, p.Class, p.Variant) into g
               let n = (double)g.Sum(p => p.Answers)
               select new PlacementReport(
                   g.Key.Site, g.Key.Tier, g.Key.Class, g.Key.Variant, n / all, g.Sum(p => p.Answers * p.Latency) / n, g.Sum(p => p.Answers * p.Accuracy) / n,
                   g.Sum(p => p.Answers * p.Energy) / n, g.Sum(p => p.Answers * p.Cost) / n),
        ];
    }

    private static void Distinct(IEnumerable<string> names, string what)
    {
        string[] twice = [.. names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];
        if (twice.Length > 0) throw new ArgumentException($"two {what} are called {string.Join(", ", twice)}");
    }
}
