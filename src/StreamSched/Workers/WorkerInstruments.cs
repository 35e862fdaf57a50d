using System.Diagnostics.Metrics;
using StreamSched.Avro.Records;
using StreamSched.Hosting;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Onnx.Execution;

namespace StreamSched.Workers;

/// <summary>Everything that one worker measures. Costs a comparison per batch while nobody listens. docs/operations.md lists them.</summary>
internal sealed class WorkerInstruments : RoleInstruments<WorkerRole>
{
    private static readonly double[] Times = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
    private static readonly long[] Sizes = [1, 2, 3, 4, 6, 8, 12, 16];
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
        : base(Attributes.Worker, id, role)
    {
        _answers = Meter.CreateCounter<long>("streamsched.worker.answers", "{request}", "Results written, by status.");
        _energy = Meter.CreateCounter<double>("streamsched.worker.energy", "J", "Energy of answered requests, measured or modelled.");
        _queue = Histogram("streamsched.worker.queue.duration", "s", "From receipt until the batch started.", Times);
        _service = Histogram("streamsched.worker.service.duration", "s", "Running a batch, on the emulated device where there is one.", Times);
        _network = Histogram("streamsched.worker.network.duration", "s", "From the scheduler's dispatch until receipt, by both clocks.", Times);
        _batch = Histogram("streamsched.worker.batch.size", "{request}", "Requests that ran together.", Sizes);
        Gauge<long>("streamsched.worker.held", "{request}", "Requests that the worker holds.", w => [new(w.Held, Id)]);
        Gauge(
            "streamsched.worker.queue.size", "{request}", "Requests that wait, by variant.",
            w => w.Waiting.Select(q => new Measurement<long>(q.Value, Id, new KeyValuePair<string, object?>(Attributes.Variant, q.Key))));
        Conditions("streamsched.worker.conditions", w => w.Conditions);
        Gauge<double>(
            "streamsched.worker.power", "W", "Power draw of the processor, measured or modelled.", w => w.Watts is { } watts ? [new(watts, Id)] : []);
    }

    /// <summary>Takes note of a result.</summary>
    public void Answered(ResultStatus status)
    {
        if (_answers.Enabled) _answers.Add(1, Id, new KeyValuePair<string, object?>(Attributes.Status, status.ToString()));
    }

    /// <summary>Takes note of a batch.</summary>
    public void Ran(in BatchResult batch)
    {
        if (batch.Ran == 0) return;
        KeyValuePair<string, object?> variant = new(Attributes.Variant, batch.Variant);
        _service.Record(batch.Service.TotalSeconds, Id, variant);
        _batch.Record(batch.Ran, Id, variant);
        if (batch.Energy.Joules is { } joules) _energy.Add(joules * batch.Ran, Id, variant);
    }

    /// <summary>Takes note of how long a request that ran had waited and travelled.</summary>
    public void Waited(WorkEntry entry, long startedMicros)
    {
        if (!_queue.Enabled) return;
        _queue.Record(Math.Max(0, startedMicros - entry.Received) * 1e-6, Id, new KeyValuePair<string, object?>(Attributes.Variant, entry.Variant));
        _network.Record(Math.Max(0, entry.Received - entry.Dispatched) * 1e-6, Id);
    }
}
