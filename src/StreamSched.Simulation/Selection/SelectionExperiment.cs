using System.Collections.Concurrent;
using System.Diagnostics;
using StreamSched.Core.OnlineLearning;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.Selection;

/// <summary>
/// Contextual bandits that learn from ratings which variant of a model suits which device, against one common model for all devices (Bai, Chen, Ren, Xu 2021,
/// arXiv 2112.06918). All contenders meet the same requests.
/// </summary>
internal static class SelectionExperiment
{
    private const int Window = 50; // seconds
    private const double LeastGain = 0.1; // points, below which there is nothing to gain
    private const int Timings = 5, TimedChoices = 2000;

    // About two standard deviations of a rating.
    private const double Exploration = 0.5;

    // As the policy has it; but ratings are few, so the network is trained after fewer of them, and for as long each time as by default.
    private static readonly NeuralUcbSettings Neural = new() { Hidden = [24, 12], Exploration = 0.1, TrainPeriod = 256, Memory = 4096 };

    private static readonly IReadOnlyList<(string Name, Func<SelectionTrace, ulong, IModelSelector> Create)> All =
    [
        (BestOfDevice, static (trace, _) => FixedSelector.BestOfEach(trace, [.. trace.Users.Select((_, d) => d)])),
        ("best of each class", static (trace, _) => FixedSelector.BestOfEach(trace, [.. trace.Users.Select(u => u.Class)])),
        (BestCommon, static (trace, _) => FixedSelector.Always(CommonOf(trace))),
        ("largest", static (trace, _) => FixedSelector.Always(trace.World.Variants.Index().MaxBy(v => v.Item.MemoryBytes).Index)),
        ("smallest", static (trace, _) => FixedSelector.Always(trace.World.Variants.Index().MinBy(v => v.Item.MemoryBytes).Index)),
        ("random", static (trace, seed) => FixedSelector.Random(trace.World.Variants.Count, seed)),
        ("LinUCB, no context", static (trace, _) => Linear(trace, SelectionContext.None)),
        ("LinUCB, class", static (trace, _) => Linear(trace, SelectionContext.Class)),
        ("LinUCB, device", static (trace, _) => Linear(trace, SelectionContext.Device)),
        ("NeuralUCB, no context", static (trace, seed) => Network(trace, SelectionContext.None, seed)),
        ("NeuralUCB, class", static (trace, seed) => Network(trace, SelectionContext.Class, seed)),
        ("NeuralUCB, device", static (trace, seed) => Network(trace, SelectionContext.Device, seed)),
    ];

    /// <summary>Name of the upper reference: for each device the variant that serves it best, in hindsight.</summary>
    public const string BestOfDevice = "best of each device";

    /// <summary>Name of the baseline: the variant that serves best as the only one of all devices, in hindsight.</summary>
    public const string BestCommon = "best common model";

    /// <summary>The contenders, in the order of a cell's figures.</summary>
    public static readonly IReadOnlyList<string> Contenders = [.. All.Select(c => c.Name)];

    /// <summary>Runs it.</summary>
    /// <param name="worlds">The cells.</param>
    /// <param name="seeds">How many seeds, from 90,001 on.</param>
    /// <param name="threads">How many runs go on at a time.</param>
    /// <param name="progress">Told after every run how many of how many are done; may be null.</param>
    /// <param name="cancellation">Stops it.</param>
    public static IReadOnlyList<SelectionCell> Run(
        IReadOnlyList<SelectionWorld> worlds, int seeds, int threads, IProgress<(int Done, int All)>? progress = null, CancellationToken cancellation = default)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        RunOfSeed[,] runs = new RunOfSeed[worlds.Count, seeds];
        int done = 0, all = All.Count * runs.Length;
        IEnumerable<(int World, int Seed)> jobs = from i in Enumerable.Range(0, seeds) from w in Enumerable.Range(0, worlds.Count) select (w, i);
        Parallel.ForEach(Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering), options, job => runs[job.World, job.Seed] =
            Play(worlds[job.World], 90_001 + (ulong)job.Seed, () => progress?.Report((Interlocked.Increment(ref done), all)), cancellation));
        return [.. worlds.Select((world, w) => Cell(world, [.. Enumerable.Range(0, seeds).Select(s => runs[w, s])]))];
    }

    private static int CommonOf(SelectionTrace trace) => trace.Best(0, trace.Requests, static _ => true);

    /// <summary>LinUCB.</summary>
    /// <param name="trace">The run that it is to choose in.</param>
    /// <param name="context">What it knows.</param>
    internal static BanditSelector Linear(SelectionTrace trace, SelectionContext context)
    {
        SelectionFeatures features = new(trace.World, trace.Users, context);
        return new BanditSelector(new LinUcb(features.Count, Exploration), features, trace.World.Variants.Count);
    }

    private static BanditSelector Network(SelectionTrace trace, SelectionContext context, ulong seed)
    {
        SelectionFeatures features = new(trace.World, trace.Users, context);
        return new BanditSelector(new NeuralUcb(features.Count, Neural, seed), features, trace.World.Variants.Count);
    }

    private static RunOfSeed Play(SelectionWorld world, ulong seed, Action ran, CancellationToken cancellation)
    {
        SelectionTrace trace = new(world, seed);
        List<ContenderRun> contenders = [];
        foreach ((string _, Func<SelectionTrace, ulong, IModelSelector> create) in All)
        {
            cancellation.ThrowIfCancellationRequested();
            IModelSelector selector = create(trace, seed);
            int[] chosen = trace.Play(selector);
            (double quality, double accuracy, double seconds) = trace.Mean(chosen, 0, trace.Requests);
            int window = Window * world.Devices;
            contenders.Add(new ContenderRun(
                100 * quality, 100 * accuracy, 1e3 * seconds, 100 * trace.Mean(chosen, trace.Requests / 4 * 3, trace.Requests).Quality,
                [.. Enumerable.Range(0, trace.Requests / window).Select(w => 100 * trace.Mean(chosen, w * window, (w + 1) * window).Quality)],
                Time(trace, selector)));
            ran();
        }

        return new RunOfSeed(world.Variants[CommonOf(trace)].Name, contenders);
    }

    // The quickest of several passes: what else the machine does makes none of them quicker.
    private static double Time(SelectionTrace trace, IModelSelector selector)
    {
        double least = double.PositiveInfinity;
        int choices = Math.Min(TimedChoices, trace.Requests);
        for (int i = 0; i < Timings; i++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int r = 0; r < choices; r++) selector.Choose(r, trace.DeviceOf(r));
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalNanoseconds / choices);
        }

        return least;
    }

    private static SelectionCell Cell(SelectionWorld world, IReadOnlyList<RunOfSeed> runs)
    {
        (int device, int common) = (Contenders.Index().First(c => c.Item == BestOfDevice).Index, Contenders.Index().First(c => c.Item == BestCommon).Index);
        int first = world.Changes ? world.Seconds / 2 / Window : 0;
        bool hasGain = Over(device, r => r.Quality).Mean >= LeastGain;
        return new SelectionCell(
            world.Name, runs.GroupBy(r => r.Common).OrderByDescending(g => g.Count()).ToDictionary(g => g.Key, g => g.Count()),
            [
                .. Contenders.Select((name, c) => new SelectionFigure(
                    name, Mean(c, r => r.Quality), Mean(c, r => r.Accuracy), Mean(c, r => r.Milliseconds), Between(device, c, r => r.Quality).Mean,
                    Over(c, r => r.Quality), Over(c, r => r.Accuracy), Over(c, r => r.LastQuarter), hasGain ? To90(c) : null,
                    runs.Select(r => r.Contenders[c].Nanoseconds).Order().ElementAt(runs.Count / 2))),
            ]);

        double Mean(int c, Func<ContenderRun, double> figure) => runs.Average(r => figure(r.Contenders[c]));

        Interval Between(int one, int other, Func<ContenderRun, double> figure) =>
            Statistics.Mean([.. runs.Select(r => figure(r.Contenders[one]) - figure(r.Contenders[other]))]);

        Interval Over(int c, Func<ContenderRun, double> figure) => Between(c, common, figure);

        // Up to the last quarter, since of a few windows chance alone makes nine tenths.
        double? To90(int c)
        {
            int last = runs[0].Contenders[c].Windows.Count * 3 / 4;
            for (int w = first; w <= last; w++)
            {
                double Rest(ContenderRun run) => run.Windows.Skip(w).Average();
                if (Over(c, Rest).Mean >= 0.9 * Over(device, Rest).Mean) return (w - first) * Window;
            }

            return null;
        }
    }

    private sealed record RunOfSeed(string Common, IReadOnlyList<ContenderRun> Contenders);

    private sealed record ContenderRun(
        double Quality, double Accuracy, double Milliseconds, double LastQuarter, IReadOnlyList<double> Windows, double Nanoseconds);
}
