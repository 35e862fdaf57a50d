using StreamSched.Analysis.Estimation;
using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Twins;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Analysis.Worlds;

/// <summary>How wrong off-policy answers are: pairs of policies in a world, where the truth, all requests under one less all under the other, can be
/// had.</summary>
internal static class OffPolicyExperiment
{
    /// <summary>ε of the policies that log.</summary>
    public const float Exploration = 0.2f;

    private const double WarmUp = 10, Counted = 90;
    private const int ResimulatedSeeds = 3;
    private static readonly double[] Loads = [0.9, 1.1];

    /// <summary>Who logs, and who is judged.</summary>
    private static readonly (string Logger, string Judged)[] Pairs =
    [
        (PolicyNames.Price, PolicyNames.MostAccurate), (PolicyNames.Price, PolicyNames.Closest), (PolicyNames.Price, PolicyNames.Neural),
        (PolicyNames.Neural, PolicyNames.LeastLoaded), (PolicyNames.LeastLoaded, PolicyNames.Price), (PolicyNames.Random, PolicyNames.Price),
    ];

    /// <summary>Runs it.</summary>
    /// <param name="world">The world.</param>
    /// <param name="neural">A file of <c>neural</c>.</param>
    /// <param name="seeds">How many seeds, from 90,001 on.</param>
    /// <param name="threads">How many cells run at a time.</param>
    /// <param name="only">Parts of the names of the cells that are wanted.</param>
    /// <param name="progress">Told after every run how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static IReadOnlyList<OffPolicyCell> Run(
        Scenario world, RecordedPolicy neural, int seeds, int threads, IReadOnlyList<string> only, IProgress<(int Done, int All)>? progress,
        CancellationToken cancellation)
    {
        (double Load, string Logger, string Judged)[] cells = Cells(only);
        Answers[,] answers = new Answers[cells.Length, seeds];
        int done = 0;
        Parallel.For(0, answers.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, job =>
        {
            (int cell, int seed) = (job % cells.Length, job / cells.Length);
            (double load, string logger, string judged) = cells[cell];
            Scenario scenario = world with { Load = world.Load * load, WarmUp = WarmUp, Duration = WarmUp + Counted, Events = [], Labels = null };
            PolicyShelf shelf = new();
            answers[cell, seed] = Judge(scenario, shelf, neural, logger, judged, 90_001 + (ulong)seed, cancellation);
            progress?.Report((Interlocked.Increment(ref done), answers.Length));
        });
        return
        [
            .. cells.Select((c, i) => Cell(
                NameOf(c.Load, c.Logger, c.Judged), [.. Enumerable.Range(0, seeds).Select(s => answers[i, s])])),
        ];
    }

    /// <summary>Whether there is a cell with one of some parts of names.</summary>
    /// <param name="only">The parts.</param>
    public static bool Has(IReadOnlyList<string> only) => Cells(only).Length > 0;

    private static (double Load, string Logger, string Judged)[] Cells(IReadOnlyList<string> only) =>
    [
        .. from load in Loads
           from pair in Pairs
           where only.Any(part => NameOf(load, pair.Logger, pair.Judged).Contains(part, StringComparison.Ordinal))
           select (load, pair.Logger, pair.Judged),
    ];

    private static string NameOf(double load, string logger, string judged) => FormattableString.Invariant($"{load}/{logger}/{judged}");

    private static Answers Judge(
        Scenario scenario, PolicyShelf shelf, RecordedPolicy neural, string logger, string judged, ulong seed, CancellationToken cancellation)
    {
        RecordedPolicy Policy(string name) => name == PolicyNames.Neural ? neural.Another() : shelf.BuiltIn(name)!;
        (RecordedPolicy by, RecordedPolicy of) = (Policy(logger), Policy(judged));
        SchedulerSettings settings = new() { Exploration = Exploration };
        settings = settings with { Policy = PolicyNames.Price, Prepare = () => by.Prepare(settings.Price) };
        ObservedWorld observed = new(scenario);
        IReadOnlyList<Experience> log = WorldLog.Of(scenario, settings, seed, fullShare: 1, observed, cancellation);
        shelf.Add(log[0].Digest, by);
        LogEvaluation evaluation = new([(judged, of)], shelf, new EvaluationSettings { LeastEffective = 0, MostUnsupported = 1 });
        WorldLog.Read(log, evaluation.Take);
        PolicyFigures figures = evaluation.Finish().Policies[0];
        Resimulation Simulated(ulong from, int runs) => new(scenario with { Seed = from }, runs, Exploration);
        double truth = Simulated(seed, 1).Difference(of, by, cancellation).Mean;
        double again = Simulated(seed + 10_000, ResimulatedSeeds).Difference(of, by, cancellation).Mean;
        Scenario twin = new TwinScenario(Twin.Of(observed.Log)).ToScenario(WarmUp);
        double twins = new Resimulation(twin, ResimulatedSeeds, Exploration).Difference(of, by, cancellation).Mean;
        return new Answers(
            truth, figures.Gross?.Difference ?? double.NaN, figures.Net?.Difference ?? double.NaN, twins, again, figures.EffectiveSampleSize,
            figures.Unsupported);
    }

    private static OffPolicyCell Cell(string name, IReadOnlyList<Answers> answers)
    {
        return new OffPolicyCell(
            name, Points(a => a.Truth), Points(a => a.Gross), Points(a => a.Net), Points(a => a.Twin), Points(a => a.Again), answers.Average(a => a.Effective),
            answers.Average(a => a.Unsupported));

        Interval Points(Func<Answers, double> of) => Statistics.Mean([.. answers.Select(a => 100 * of(a))]);
    }

    private sealed record Answers(double Truth, double Gross, double Net, double Twin, double Again, double Effective, double Unsupported);
}
