using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Training;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Analysis.Worlds;

/// <summary>
/// What a policy that was trained from a log is worth: one serves in a world that has changed, another is trained from its log, and both serve the same world
/// with other seeds.
/// </summary>
internal static class FromLogExperiment
{
    /// <summary>Seconds of a log.</summary>
    public const double Logged = 600;

    /// <summary>Share of the decisions in full, besides those that were explored.</summary>
    public const double FullShare = 0.1;

    private const double WarmUp = 10, Counted = 120;
    private const int Runs = 3;

    /// <summary>Who logs, and who is trained.</summary>
    private static readonly (string Logger, string Kind)[] Pairs =
    [
        (PolicyNames.Neural, PolicyNames.Neural), (PolicyNames.Neural, PolicyNames.LinUcb), (PolicyNames.Neural, PolicyNames.NeuralUcb),
        (PolicyNames.EarliestFinish, PolicyNames.Neural), (PolicyNames.EarliestFinish, PolicyNames.LinUcb), (EcsrlPolicy.Kind, EcsrlPolicy.Kind),
    ];

    /// <summary>Runs it.</summary>
    /// <param name="worlds">The worlds; their events happen at once.</param>
    /// <param name="files">The policies that need a file, by name.</param>
    /// <param name="seeds">How many seeds, from 90,001 on.</param>
    /// <param name="threads">How many cells run at a time.</param>
    /// <param name="only">Parts of the names of the cells that are wanted.</param>
    /// <param name="progress">Told after every run how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static IReadOnlyList<FromLogCell> Run(
        IReadOnlyList<Scenario> worlds, IReadOnlyDictionary<string, LoadedPolicy> files, int seeds, int threads, IReadOnlyList<string> only,
        IProgress<(int Done, int All)>? progress, CancellationToken cancellation)
    {
        (Scenario World, string Logger, string Kind)[] cells = Cells(worlds, only);
        Outcome[,] runs = new Outcome[cells.Length, seeds];
        int done = 0;
        Parallel.For(0, runs.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, job =>
        {
            (int cell, int seed) = (job % cells.Length, job / cells.Length);
            (Scenario world, string logger, string kind) = cells[cell];
            runs[cell, seed] = Train(world, files, logger, kind, 90_001 + (ulong)seed, cancellation);
            progress?.Report((Interlocked.Increment(ref done), runs.Length));
        });
        return [.. cells.Select((c, i) => Cell(NameOf(c.World, c.Logger, c.Kind), [.. Enumerable.Range(0, seeds).Select(s => runs[i, s])]))];
    }

    /// <summary>Whether there is a cell with one of some parts of names.</summary>
    /// <param name="worlds">The worlds.</param>
    /// <param name="only">The parts.</param>
    public static bool Has(IReadOnlyList<Scenario> worlds, IReadOnlyList<string> only) => Cells(worlds, only).Length > 0;

    private static (Scenario World, string Logger, string Kind)[] Cells(IReadOnlyList<Scenario> worlds, IReadOnlyList<string> only) =>
    [
        .. from world in worlds
           from pair in Pairs
           where only.Any(part => NameOf(world, pair.Logger, pair.Kind).Contains(part, StringComparison.Ordinal))
           select (world, pair.Logger, pair.Kind),
    ];

    private static string NameOf(Scenario world, string logger, string kind) => $"{world.Name}/{logger}/{kind}";

    private static Outcome Train(
        Scenario world, IReadOnlyDictionary<string, LoadedPolicy> files, string by, string kind, ulong seed, CancellationToken cancellation)
    {
        Scenario scenario = world with
        {
            WarmUp = WarmUp,
            Duration = WarmUp + Logged,
            Events = [.. world.Events.Select(e => e with { At = 0 })],
            Labels = null,
        };
        PolicyShelf shelf = new();
        RecordedPolicy logger = files.TryGetValue(by, out LoadedPolicy? file) ? PolicyShelf.Of(file) : shelf.BuiltIn(by)!;
        SchedulerSettings settings = new();
        settings = settings with { Policy = PolicyNames.Price, Prepare = () => logger.Prepare(settings.Price) };
        IReadOnlyList<Experience> log = WorldLog.Of(scenario, settings, seed, FullShare, cancellation: cancellation);
        shelf.Add(log[0].Digest, logger);
        Scenario after = scenario with { Duration = WarmUp + Counted, Seed = seed + 10_000 };
        LogTrainer trainer = new(
            new LogTrainerSettings { Kind = kind, Scenario = after, Seed = seed }, shelf, handler => WorldLog.Read(log, handler), cancellation);
        if (trainer.Train(out LogTrained? trained) is { } refusal) throw new InvalidOperationException(refusal);
        LoadedPolicy bare = LogTrainer.With(trained!.File, PolicySupport.Without(trained.File.Metadata));
        Resimulation simulated = new(after, Runs, settings.Exploration);
        double more = simulated.Difference(trained.Policy, logger, cancellation).Mean;
        double alone = simulated.Difference(PolicyShelf.AsItIs(bare), logger, cancellation).Mean;
        PolicySupport support = trained.File.Support!;
        return new Outcome(more, alone, support.Supported / (double)support.Grid.Cells, trained.Kept);
    }

    private static FromLogCell Cell(string name, IReadOnlyList<Outcome> runs) => new(
        name, Statistics.Mean([.. runs.Select(r => 100 * r.More)]), Statistics.Mean([.. runs.Select(r => 100 * r.Alone)]), runs.Average(r => r.Supported),
        runs.Average(r => r.Kept));

    private sealed record Outcome(double More, double Alone, double Supported, double Kept);
}
