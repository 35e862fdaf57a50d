using System.Text;
using Confluent.Kafka;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Bench;

/// <summary>The workers of the routing benchmark: real registrations and telemetry, and nobody behind them. Always the same number of placements.</summary>
internal sealed class RouteWorkers : IDisposable
{
    /// <summary>Placements that every request can go to.</summary>
    public const int Candidates = 64;

    /// <summary>How often telemetry is sent.</summary>
    public static readonly TimeSpan TelemetryPeriod = TimeSpan.FromMilliseconds(500);

    private readonly TopicNames _topics;
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private int _count;
    private long _sequence;

    /// <summary>Begins to send telemetry, of nobody yet.</summary>
    public RouteWorkers(KafkaSettings kafka, TimeProvider time)
    {
        (_topics, _time) = (kafka.Topics, time);
        _producer = new ProducerBuilder<byte[], byte[]>(kafka.Producer()).SetLogHandler(static (_, _) => { }).Build();
        _timer = time.CreateTimer(_ => SendTelemetry(), null, TelemetryPeriod, TelemetryPeriod);
    }

    /// <summary>Registers so many workers, which share <see cref="Candidates"/> placements, and takes the others back.</summary>
    /// <param name="count">1 to <see cref="Candidates"/>.</param>
    public void Register(int count)
    {
        lock (_lock)
        {
            for (int w = 0; w < Math.Max(count, _count); w++)
            {
                byte[] key = Encoding.UTF8.GetBytes(RouteRecords.WorkerId(w));
                _producer.Produce(
                    _topics.Of(TopicCatalogue.Workers),
                    new Message<byte[], byte[]> { Key = key, Value = w < count ? Registration(w, count).ToFramed() : null! });
            }

            _count = count;
        }

        SendTelemetry();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30), _time);
        _producer.Flush(limit.Token);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _count = 0; // a tick of the timer may still be on its way
            _producer.Dispose();
        }
    }

    private WorkerRegistration Registration(int worker, int count) => new()
    {
        Worker = RouteRecords.WorkerId(worker), Incarnation = RouteRecords.Incarnation, Site = RouteRecords.SiteName(worker), At = Now(),
        TelemetryPeriodMicros = (long)TelemetryPeriod.TotalMicroseconds,
        Processors = [new ProcessorRegistration { Id = "cpu", Provider = "none", Slots = 4, Threads = 1 }],
        Variants =
        [
            .. Enumerable.Range(0, Candidates / count).Select(v => new VariantRegistration
            {
                Name = $"m-{v:00}", Task = RouteRecords.Task, Digest = new byte[32], Accuracy = 0.9f, MaxBatch = 1,
                Services = [new ServiceProfile { Processor = "cpu", Batch = [1], Micros = [RouteRecords.ServiceMicros] }],
            }),
        ],
    };

    private void SendTelemetry()
    {
        lock (_lock)
        {
            _sequence++;
            for (int w = 0; w < _count; w++)
            {
                WorkerTelemetry telemetry = new()
                {
                    Worker = RouteRecords.WorkerId(w), Incarnation = RouteRecords.Incarnation, Sequence = _sequence, At = Now(), Processors = [],
                };
                _producer.Produce(
                    _topics.Of(TopicCatalogue.Telemetry),
                    new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(telemetry.Worker), Value = telemetry.ToFramed() });
            }
        }
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMicroseconds();
}
