using StreamSched.Avro;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;
using StreamSched.Schedulers;

namespace StreamSched.Bench;

/// <summary>The dispatcher alone, over a sink in memory: what our own code costs without any client, and how large its records are.</summary>
internal sealed class DispatcherRig : IDispatchSink
{
    private const int Partitions = 4;
    private readonly RouteRecords _records;
    private readonly long[] _sent = new long[Partitions];
    private readonly long[] _answered = new long[Partitions];
    private long _now;

    /// <summary>Makes a dispatcher that knows the benchmark's workers.</summary>
    public DispatcherRig(string policy, int workers, int payloadBytes, TimeProvider time)
    {
        _now = 1_800_000_000_000_000;
        _records = new RouteRecords(payloadBytes, 0, _now);
        Scheduler scheduler = new(SchedulerLoop.Settings(policy), SchedulerLoop.Network(), time, _now);
        for (int w = 0; w < workers; w++)
        {
            scheduler.View.Register(
                new WorkerDescription
                {
                    Id = RouteRecords.WorkerId(w), Incarnation = RouteRecords.Incarnation, Site = RouteRecords.SiteName(w),
                    TelemetryPeriod = TimeSpan.FromHours(1), Processors = [new ProcessorDescription { Id = "cpu", Slots = 4 }],
                    Variants =
                    [
                        .. Enumerable.Range(0, RouteWorkers.Candidates / workers).Select(v => new VariantDescription
                        {
                            Name = $"m-{v:00}", Task = RouteRecords.Task, Accuracy = 0.9f,
                            Services = new Dictionary<string, ServiceTable> { ["cpu"] = new((float)(RouteRecords.ServiceMicros * 1e-6)) },
                        }),
                    ],
                },
                _now);
        }

        Dispatcher = new Dispatcher(SchedulerLoop.Dispatch(), scheduler, this, new MessageDecoder(SchemaCatalogue.Own), 1);
    }

    /// <summary>The dispatcher.</summary>
    public Dispatcher Dispatcher { get; }

    /// <summary>A work item as it was written last.</summary>
    public byte[] LastWork { get; private set; } = [];

    /// <summary>A decision in short as it was written last.</summary>
    public byte[] ShortDecision { get; private set; } = [];

    /// <summary>A full decision as it was written last; empty before the first.</summary>
    public byte[] FullDecision { get; private set; } = [];

    /// <summary>Whether records are copied for looking at.</summary>
    public bool Keeps { get; set; }

    /// <summary>Bytes that were written.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Times a request and its result.</summary>
    public static DispatcherCost Measure(string policy, int workers, int payloadBytes, double seconds, TimeProvider time)
    {
        const int Requests = 512;
        DispatcherRig rig = new(policy, workers, payloadBytes, time);
        MicroFigure figure = MicroBench.Measure(() => rig.Round(Requests), Requests, seconds);
        return new DispatcherCost(policy, workers, figure.Nanoseconds, figure.Bytes);
    }

    /// <summary>Takes requests in, then their results, as many as are under way in a busy scheduler.</summary>
    /// <param name="requests">How many.</param>
    public void Round(int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            int p = i % Partitions;
            _now += 20;
            Dispatcher.Request(p, _sent[p], _now, _records.Request(p, _sent[p], _now), default, _now);
            _sent[p]++;
        }

        Dispatcher.Tick(_now);
        for (int p = 0; p < Partitions; p++)
            for (; _answered[p] < _sent[p]; _answered[p]++) Dispatcher.Result(_records.Result(p, _answered[p], _now), _now);
        if (Dispatcher.PendingCount > 0) throw new InvalidOperationException($"{Dispatcher.PendingCount} requests of the benchmark were not placed");
    }

    /// <inheritdoc/>
    public void Work(string worker, Guid id, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token)
    {
        WrittenBytes += value.Length;
        if (Keeps) LastWork = value.ToArray();
    }

    /// <inheritdoc/>
    public void Carry(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long received)
    {
    }

    /// <inheritdoc/>
    public void Result(int partition, ReadOnlySpan<byte> device, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace) => WrittenBytes += value.Length;

    /// <inheritdoc/>
    public void Decision(int partition, Guid id, ReadOnlySpan<byte> value)
    {
        WrittenBytes += value.Length;
        if (!Keeps) return;
        if (value.Length > 1000) FullDecision = value.ToArray();
        else ShortDecision = value.ToArray();
    }

    /// <inheritdoc/>
    public void Acknowledge(int partition, long offset)
    {
    }
}
