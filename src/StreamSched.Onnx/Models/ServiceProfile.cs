using StreamSched.Core.Serving;

namespace StreamSched.Onnx.Models;

/// <summary>How long a model takes on one processor, by batch size, measured alone on this machine.</summary>
public sealed class ServiceProfile
{
    /// <summary>Creates a profile.</summary>
    /// <param name="processor">On which processor.</param>
    /// <param name="slowdown">Factor by which the worker emulates a slower device; 1: none.</param>
    /// <param name="times">Ascending batch sizes, the first of them 1.</param>
    public ServiceProfile(string processor, double slowdown, IReadOnlyList<BatchTime> times)
    {
        ArgumentOutOfRangeException.ThrowIfZero(times.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(times[0].Batch, 1);
        Processor = processor;
        Slowdown = slowdown;
        Times = times;
        Table = new ServiceTable([.. Batches], [.. Micros.Select(micros => (float)(micros / 1e6))], LargestBatch);
    }

    /// <summary>The profile of a device whose times are given instead of measured, so that it is the same on every machine.</summary>
    /// <param name="processor">On which processor.</param>
    /// <param name="slowdown">Factor by which the worker says that it is slower than this machine.</param>
    /// <param name="times">What the emulated device takes.</param>
    public static ServiceProfile Emulated(string processor, double slowdown, ServiceTable times) => new(
        processor, slowdown, [.. Enumerable.Range(1, times.MaxBatch).Select(batch =>
        {
            var micros = times.Seconds(batch) * 1e6 / slowdown;
            return new BatchTime(batch, 0, micros, micros, 0, []);
        })]);

    /// <summary>On which processor.</summary>
    public string Processor { get; }

    /// <summary>Factor by which the worker emulates a slower device; <see cref="Micros"/> and <see cref="Table"/> hold it already.</summary>
    public double Slowdown { get; }

    /// <summary>What was measured, before the slow-down.</summary>
    public IReadOnlyList<BatchTime> Times { get; }

    /// <summary>The largest batch that was measured, and hence may be run.</summary>
    public int LargestBatch => Times[^1].Batch;

    /// <summary>The measured batch sizes, ascending from 1.</summary>
    public IReadOnlyList<int> Batches => [.. Times.Select(time => time.Batch)];

    /// <summary>Median time of a run at each of <see cref="Batches"/> in µs, of the emulated device where there is one.</summary>
    public IReadOnlyList<double> Micros => [.. Times.Select(time => time.MedianMicros * Slowdown)];

    /// <summary>Standard deviation over median at batch 1.</summary>
    public double Spread => Times[0].MedianMicros > 0 ? Times[0].DeviationMicros / Times[0].MedianMicros : 0;

    /// <summary>The table that forms batches and predicts them, of the emulated device where there is one.</summary>
    public ServiceTable Table { get; }
}
