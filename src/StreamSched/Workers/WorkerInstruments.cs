using System.Diagnostics.Metrics;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Onnx.Execution;

namespace StreamSched.Workers;

/// <summary>Everything that a worker measures. Costs a comparison per batch while nobody listens. docs/operations.md lists them.</summary>
internal static class WorkerInstruments
{
    private static readonly Meter Meter = new(Tracing.Name);
    private static readonly Lock Gate = new();
    private static readonly double[] Times = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
    private static (string Id, WorkerRole Role)[] _live = [];

    private static readonly Counter<long> Answers = Meter.CreateCounter<long>("streamsched.worker.answers", "{request}", "Results written, by status.");
    private static readonly Counter<double> Energy = Meter.CreateCounter<double>("streamsched.worker.energy", "J", "Energy of answered requests, measured or modelled.");
    private static readonly Histogram<double> Queue = Seconds("streamsched.worker.queue.duration", "From receipt until the batch started.");
    private static readonly Histogram<double> Service = Seconds("streamsched.worker.service.duration", "Running a batch, on the emulated device where there is one.");
    private static readonly Histogram<double> Network = Seconds("streamsched.worker.network.duration", "From the scheduler's dispatch until receipt, by both clocks.");

    private static readonly Histogram<long> Batch = Meter.CreateHistogram(
        "streamsched.worker.batch.size", "{request}", "Requests that ran together.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 3, 4, 6, 8, 12, 16] });

    static WorkerInstruments()
    {
        Meter.CreateObservableGauge("streamsched.worker.held", () => Each<long>(w => [new Measurement<long>(w.Role.Held, Tag(w.Id))]), "{request}", "Requests that the worker holds.");
        Meter.CreateObservableGauge(
            "streamsched.worker.queue.size",
            () => Each(w => w.Role.Waiting.Select(q => new Measurement<long>(q.Value, Tag(w.Id), new KeyValuePair<string, object?>(Attributes.Variant, q.Key)))), "{request}",
            "Requests that wait, by variant.");
        Meter.CreateObservableGauge(
            "streamsched.worker.conditions",
            () => Each(w => w.Role.Conditions.InForce.CountBy(c => c.Code).Select(c => new Measurement<int>(c.Value, Tag(w.Id), new KeyValuePair<string, object?>(Attributes.Condition, c.Key)))),
            "{condition}", "Conditions that hold, by code: docs/operations.md lists them.");
        Meter.CreateObservableGauge(
            "streamsched.worker.power", () => Each(w => w.Role.Watts is { } watts ? [new Measurement<double>(watts, Tag(w.Id))] : Array.Empty<Measurement<double>>()), "W",
            "Power draw of the processor, measured or modelled.");
    }

    /// <summary>Makes a worker's gauges visible.</summary>
    public static void Add(string id, WorkerRole role)
    {
        lock (Gate) _live = [.. _live, (id, role)];
    }

    /// <summary>Takes them away.</summary>
    public static void Remove(WorkerRole role)
    {
        lock (Gate) _live = [.. _live.Where(w => w.Role != role)];
    }

    /// <summary>Takes note of a result.</summary>
    public static void Answered(string worker, ResultStatus status)
    {
        if (Answers.Enabled) Answers.Add(1, Tag(worker), new KeyValuePair<string, object?>(Attributes.Status, status.ToString()));
    }

    /// <summary>Takes note of a batch.</summary>
    public static void Ran(string worker, in BatchResult batch)
    {
        if (batch.Ran == 0) return;
        KeyValuePair<string, object?> id = Tag(worker), variant = new(Attributes.Variant, batch.Variant);
        Service.Record(batch.Service.TotalSeconds, id, variant);
        Batch.Record(batch.Ran, id, variant);
        if (batch.Energy.Joules is { } joules) Energy.Add(joules * batch.Ran, id, variant);
    }

    /// <summary>Takes note of how long a request that ran had waited and travelled.</summary>
    public static void Waited(string worker, WorkEntry entry, long startedMicros)
    {
        if (!Queue.Enabled) return;
        KeyValuePair<string, object?> id = Tag(worker);
        Queue.Record(Math.Max(0, startedMicros - entry.Received) * 1e-6, id, new KeyValuePair<string, object?>(Attributes.Variant, entry.Variant));
        Network.Record(Math.Max(0, entry.Received - entry.Dispatched) * 1e-6, id);
    }

    private static KeyValuePair<string, object?> Tag(string worker) => new(Attributes.Worker, worker);

    private static IEnumerable<Measurement<T>> Each<T>(Func<(string Id, WorkerRole Role), IEnumerable<Measurement<T>>> of)
        where T : struct => Volatile.Read(ref _live).SelectMany(of);

    private static Histogram<double> Seconds(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Times });
}
