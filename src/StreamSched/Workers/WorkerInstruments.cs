using System.Diagnostics.Metrics;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Onnx.Execution;

namespace StreamSched.Workers;

/// <summary>Everything that one worker measures. Costs a comparison per batch while nobody listens. docs/operations.md lists them.</summary>
internal sealed class WorkerInstruments : IDisposable
{
    private static readonly double[] Times = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
    private static readonly long[] Sizes = [1, 2, 3, 4, 6, 8, 12, 16];
    private readonly Meter _meter = new(Tracing.Name);
    private readonly KeyValuePair<string, object?> _id;
    private readonly Func<WorkerRole?> _role;
    private readonly Counter<long> _answers;
    private readonly Counter<double> _energy;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _service;
    private readonly Histogram<double> _network;
    private readonly Histogram<long> _batch;

    /// <summary>Begins to measure.</summary>
    /// <param name="id">The worker's id, which every measurement carries.</param>
    /// <param name="role">The worker, asked when somebody collects; null: it does not serve at the moment.</param>
    public WorkerInstruments(string id, Func<WorkerRole?> role)
    {
        (_id, _role) = (new KeyValuePair<string, object?>(Attributes.Worker, id), role);
        _answers = _meter.CreateCounter<long>("streamsched.worker.answers", "{request}", "Results written, by status.");
        _energy = _meter.CreateCounter<double>("streamsched.worker.energy", "J", "Energy of answered requests, measured or modelled.");
        _queue = Seconds("streamsched.worker.queue.duration", "From receipt until the batch started.");
        _service = Seconds("streamsched.worker.service.duration", "Running a batch, on the emulated device where there is one.");
        _network = Seconds("streamsched.worker.network.duration", "From the scheduler's dispatch until receipt, by both clocks.");
        _batch = _meter.CreateHistogram(
            "streamsched.worker.batch.size", "{request}", "Requests that ran together.", null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = Sizes });
        Gauge<long>("streamsched.worker.held", "{request}", "Requests that the worker holds.", w => [new Measurement<long>(w.Held, _id)]);
        Gauge(
            "streamsched.worker.queue.size", "{request}", "Requests that wait, by variant.",
            w => w.Waiting.Select(q => new Measurement<long>(q.Value, _id, new KeyValuePair<string, object?>(Attributes.Variant, q.Key))));
        Gauge(
            "streamsched.worker.conditions", "{condition}", "Conditions that hold, by code: docs/operations.md lists them.",
            w => w.Conditions.InForce.CountBy(c => c.Code)
                .Select(c => new Measurement<int>(c.Value, _id, new KeyValuePair<string, object?>(Attributes.Condition, c.Key))));
        Gauge(
            "streamsched.worker.power", "W", "Power draw of the processor, measured or modelled.",
            w => w.Watts is { } watts ? [new Measurement<double>(watts, _id)] : Array.Empty<Measurement<double>>());
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Takes note of a result.</summary>
    public void Answered(ResultStatus status)
    {
        if (_answers.Enabled) _answers.Add(1, _id, new KeyValuePair<string, object?>(Attributes.Status, status.ToString()));
    }

    /// <summary>Takes note of a batch.</summary>
    public void Ran(in BatchResult batch)
    {
        if (batch.Ran == 0) return;
        KeyValuePair<string, object?> variant = new(Attributes.Variant, batch.Variant);
        _service.Record(batch.Service.TotalSeconds, _id, variant);
        _batch.Record(batch.Ran, _id, variant);
        if (batch.Energy.Joules is { } joules) _energy.Add(joules * batch.Ran, _id, variant);
    }

    /// <summary>Takes note of how long a request that ran had waited and travelled.</summary>
    public void Waited(WorkEntry entry, long startedMicros)
    {
        if (!_queue.Enabled) return;
        _queue.Record(Math.Max(0, startedMicros - entry.Received) * 1e-6, _id, new KeyValuePair<string, object?>(Attributes.Variant, entry.Variant));
        _network.Record(Math.Max(0, entry.Received - entry.Dispatched) * 1e-6, _id);
    }

    private void Gauge<T>(string name, string unit, string description, Func<WorkerRole, IEnumerable<Measurement<T>>> values)
        where T : struct => _meter.CreateObservableGauge(name, () => _role() is { } role ? values(role) : [], unit, description);

    private Histogram<double> Seconds(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Times });
}
