using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Processors;

namespace StreamSched.Onnx.Profiling;

/// <summary>
/// Measures how two models slow each other down on this machine: D_x[m][r] is the time of one inference of x while m of A and r of B run, over its time
/// alone (ECSRL, SenSys 2021, poster).
/// </summary>
/// <param name="settings">How it is measured.</param>
/// <param name="time">The clock.</param>
public sealed class InterferenceProfiler(InterferenceSettings settings, TimeProvider time)
{
    private static readonly bool[] FirstAndSecond = [false, true];

    /// <summary>Measures two models of a folder.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="first">One variant.</param>
    /// <param name="second">Another.</param>
    /// <param name="processor">On what they run; provider and threads count.</param>
    /// <param name="progress">Is told the share of the work that is done, 0 to 1.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <returns>The record, to be written with <c>InterferenceFolder.Write</c>.</returns>
    /// <exception cref="ModelException">Settings or models cannot be used.</exception>
    public InterferenceRecord Measure(
        string folder, string first, string second, ProcessorSettings processor, Action<double>? progress, CancellationToken cancellation)
    {
        if (settings.Validate() is { Count: > 0 } complaints)
            throw new ModelException(string.Join("; ", complaints) + ".");
        processor.ThrowIfInvalid();
        if (first == second)
            throw new ModelException($"Interference is measured between two models; what {first} does to itself is in every record that it is part of.");
        // One order, so that a pair has one file whichever way it was asked for.
        var (a, b) = string.CompareOrdinal(first, second) < 0 ? (first, second) : (second, first);
        var (digestA, digestB) = ("", "");
        using var executor = new OnnxInterferenceExecutor(() => Load(a, ref digestA), () => Load(b, ref digestB), settings.Size);
        var load = MachineDescription.LoadAverage();
        var began = time.GetUtcNow();
        var cells = Measure(executor, a, b, progress, cancellation);
        return new InterferenceRecord
        {
            Format = InterferenceRecord.CurrentFormat,
            A = a,
            B = b,
            DigestA = digestA,
            DigestB = digestB,
            Size = settings.Size,
            Machine = MachineDescription.Current,
            Provider = processor.Provider,
            Threads = processor.Threads,
            LoadBefore = load,
            Began = began,
            Ended = time.GetUtcNow(),
            Rounds = settings.Rounds,
            Seed = settings.Seed,
            Cells = cells,
        };

        LoadedModel Load(string name, ref string digest)
        {
            var model = ModelLoader.Load(folder, name, processor, cancellation);
            digest = Convert.ToHexStringLower(model.Digest.Span);
            return model;
        }
    }

    internal IReadOnlyList<InterferenceCell> Measure(
        IInterferenceExecutor executor, string a, string b, Action<double>? progress, CancellationToken cancellation)
    {
        var side = settings.Size + 1;
        var cells = (from second in FirstAndSecond
                     from m in Enumerable.Range(0, side)
                     from r in Enumerable.Range(0, side)
                     select (Second: second, M: m, R: r, Samples: new List<double>())).ToArray();
        executor.SetCoRunners(0, 0);
        int[] runs = [RunsPerSample(executor, false), RunsPerSample(executor, true)];

        var random = new Random(settings.Seed);
        var order = Enumerable.Range(0, cells.Length).ToArray();
        for (var round = 0; round < settings.Rounds; round++)
        {
            random.Shuffle(order);
            for (var i = 0; i < order.Length; i++)
            {
                var cell = cells[order[i]];
                executor.SetCoRunners(cell.M, cell.R);
                Visit(executor, cell.Second, runs[cell.Second ? 1 : 0], round, cell.Samples, cancellation);
                progress?.Invoke((round * order.Length + i + 1.0) / (settings.Rounds * order.Length));
            }
        }

        executor.SetCoRunners(0, 0);
        var alone = FirstAndSecond.Select(second => Samples.Median(cells.First(cell => cell.Second == second).Samples)).ToArray();
        return [.. cells.Select(cell =>
        {
            var median = Samples.Median(cell.Samples);
            return new InterferenceCell
            {
                Variant = cell.Second ? b : a,
                CoRunnerA = cell.M,
                CoRunnerB = cell.R,
                Factor = median / alone[cell.Second ? 1 : 0],
                MedianMicros = median,
                Samples = cell.Samples.Count,
                RunsPerSample = runs[cell.Second ? 1 : 0],
                SamplesMicros = cell.Samples,
            };
        })];
    }

    private void Visit(IInterferenceExecutor executor, bool second, int runs, int round, List<double> samples, CancellationToken cancellation)
    {
        for (var i = 0; i < settings.WarmUp; i++)
            executor.Run(second);
        var share = settings.Budget / settings.Rounds;
        var most = settings.Samples * (round + 1) / settings.Rounds;
        var began = time.GetTimestamp();
        do
        {
            cancellation.ThrowIfCancellationRequested();
            samples.Add(Sample(executor, second, runs));
        }
        while (samples.Count < most && time.GetElapsedTime(began) < share);
    }

    private int RunsPerSample(IInterferenceExecutor executor, bool second)
    {
        for (var i = 0; i < settings.WarmUp; i++)
            executor.Run(second);
        // The first runs of a young process are slow (code is being compiled), so the count is found by doubling, on what the last doubling showed.
        var wanted = settings.SampleTime.TotalMicroseconds;
        for (var runs = 1; ; runs *= 2)
        {
            var micros = Sample(executor, second, runs);
            if (micros * runs >= wanted / 2)
                return Math.Max(1, (int)Math.Ceiling(wanted / micros));
        }
    }

    private double Sample(IInterferenceExecutor executor, bool second, int runs)
    {
        var before = time.GetTimestamp();
        for (var i = 0; i < runs; i++)
            executor.Run(second);
        return (time.GetTimestamp() - before) * 1e6 / time.TimestampFrequency / runs;
    }
}
