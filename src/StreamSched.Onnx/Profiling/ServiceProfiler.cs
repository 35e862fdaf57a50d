using System.Runtime.InteropServices;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Profiling;

/// <summary>Measures how long a model takes at batch sizes 1, 2, 4, 8 and 16, conversion of the payloads and soft-max included.</summary>
/// <param name="settings">How much is measured.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceProfiler(ServiceProfilerSettings settings, TimeProvider time)
{
    // "Alone on the machine": several workers of one process measure one after the other.
    private static readonly SemaphoreSlim Alone = new(1, 1);

    // What a young process runs is compiled without optimisation; it becomes good code after some calls and some tenths of a second. Until then the smallest
    // models seem eight times slower than they are. So a process first runs until that gets no quicker any more, on a model quick enough to tell.
    private const int ColdRuns = 2000;
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private static bool _warm;

    /// <summary>
    /// Measures a model. Takes about <see cref="ServiceProfilerSettings.Budget"/> at most, or the fewest runs of batch 1 where they take longer; the first
    /// of a process about a second more, in which its code warms up.
    /// </summary>
    /// <param name="model">What is measured.</param>
    /// <param name="processor">On what; names the profile.</param>
    /// <param name="slowdown">Factor by which the worker emulates a slower device.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <returns>The profile.</returns>
    public ServiceProfile Measure(LoadedModel model, string processor, double slowdown, CancellationToken cancellation)
    {
        if (!model.TryRent(out var runner))
            throw new ModelException($"{model.Name} has been retired.");
        using (runner)
        {
            var payloads = Payloads(model);
            var outcomes = new InferenceOutcome[model.MaxBatch];
            using var registration = cancellation.UnsafeRegister(static runner => ((ModelRunner)runner!).Stop(), runner);
            // Beside one that never ends there is no being alone: measured beside co-runners is better than not served.
            var isAlone = Alone.Wait(LongestWait, cancellation);
            try
            {
                WarmUpCode(model.MaxBatch, Run, cancellation);
                return new ServiceProfile(processor, slowdown, Measure(model.MaxBatch, Run, cancellation));
            }
            finally
            {
                if (isAlone)
                    Alone.Release();
            }

            void Run(int batch)
            {
                if (runner.Measure(payloads.AsSpan(0, batch), outcomes) == batch)
                    return;
                cancellation.ThrowIfCancellationRequested();
                throw new ModelException($"{model.Name}.onnx: does not answer frames of noise: {runner.Failure ?? outcomes[0].Fault.ToString()}.");
            }
        }
    }

    internal List<BatchTime> Measure(int maxBatch, Action<int> run, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var sizes = Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(size => size < maxBatch).Append(maxBatch).ToArray();
        var times = new List<BatchTime>();
        var samples = new List<double>(settings.Runs);
        for (var i = 0; i < sizes.Length; i++)
        {
            var left = settings.Budget - time.GetElapsedTime(began);
            if (times.Count > 0)
            {
                var expected = times[^1].MedianMicros * sizes[i] / times[^1].Batch;
                if (expected * (ServiceProfilerSettings.FewestRuns + 1) > left.TotalMicroseconds)
                    break;
            }

            // Larger sizes take longer, so an even share of what is left is never what they would have needed.
            var share = left / (sizes.Length - i);
            var start = time.GetTimestamp();
            for (var n = 0; n < settings.WarmUp && (n == 0 || time.GetElapsedTime(start) < share / 4); n++)
                Sample(sizes[i]);
            samples.Clear();
            while (samples.Count < ServiceProfilerSettings.FewestRuns || (samples.Count < settings.Runs && time.GetElapsedTime(start) < share))
                samples.Add(Sample(sizes[i]));
            times.Add(new BatchTime(sizes[i], samples.Count, Samples.Median(samples), Samples.Quantile(samples, 0.95),
                Samples.StandardDeviation(samples), settings.KeepSamples ? [.. samples] : []));
        }

        return times;

        double Sample(int size)
        {
            cancellation.ThrowIfCancellationRequested();
            var before = time.GetTimestamp();
            run(size);
            return (time.GetTimestamp() - before) * 1e6 / time.TimestampFrequency;
        }
    }

    /// <summary>Only for whoever holds <see cref="Alone"/>. A slow model ends it early and leaves it to the next.</summary>
    private void WarmUpCode(int maxBatch, Action<int> run, CancellationToken cancellation)
    {
        if (_warm)
            return;
        var began = time.GetTimestamp();
        var (runs, best, bestAt) = (0, double.MaxValue, TimeSpan.Zero);
        TimeSpan elapsed;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            var block = time.GetTimestamp();
            var inBlock = 0;
            do
            {
                run(1);
                run(maxBatch);
                inBlock++;
            }
            while (time.GetElapsedTime(block) < Block);
            var perRun = time.GetElapsedTime(block).TotalMicroseconds / inBlock;
            elapsed = time.GetElapsedTime(began);
            runs += inBlock;
            if (perRun < 0.95 * best)
                (best, bestAt) = (perRun, elapsed);
        }
        while (elapsed - bestAt < Settled && elapsed < LongestWarmUp);
        _warm = runs >= ColdRuns;
    }

    /// <summary>What a model is measured with: the noise that it was tried with when it was loaded.</summary>
    internal static InferencePayload[] Payloads(LoadedModel model)
    {
        var source = Noise.Source();
        var payloads = new InferencePayload[model.MaxBatch];
        var values = new float[model.Manifest.Input.Elements];
        for (var i = 0; i < payloads.Length; i++)
        {
            Noise.Fill(source, values);
            payloads[i] = new InferencePayload(PayloadEncoding.Tensor, ReadOnlyMemory<int>.Empty, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        }

        return payloads;
    }
}
