using Confluent.Kafka;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Settings;

namespace StreamSched.Bench;

/// <summary>Reads the work topics as workers would, and measures how long each request took from its device to there.</summary>
internal sealed class WorkReader : IDisposable
{
    private readonly Stamp _stamp;
    private readonly IConsumer<Ignore, Stamp> _consumer;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly List<double> _micros = new(1 << 16);
    private volatile bool _stop;

    /// <summary>Begins to read at the topics' ends.</summary>
    public WorkReader(KafkaSettings kafka, int workers, TimeProvider time)
    {
        _stamp = new Stamp(time);
        ConsumerConfig config = kafka.Reader();
        config.EnablePartitionEof = false;
        config.ConsumeResultFields = "none";
        _consumer = new ConsumerBuilder<Ignore, Stamp>(config).SetValueDeserializer(_stamp).SetLogHandler(static (_, _) => { }).Build();
        _consumer.Assign(Enumerable.Range(0, workers).Select(w =>
        {
            TopicPartition place = new(kafka.Topics.Work(RouteRecords.WorkerId(w)), 0);
            return new TopicPartitionOffset(place, _consumer.QueryWatermarkOffsets(place, TimeSpan.FromSeconds(10)).High);
        }));
        _thread = new Thread(Run) { Name = "reader", IsBackground = true };
        _thread.Start();
    }

    /// <summary>What was measured since the last call, µs, ascending.</summary>
    public double[] Take()
    {
        lock (_lock)
        {
            double[] sorted = [.. _micros.Order()];
            _micros.Clear();
            return sorted;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _consumer.Dispose();
    }

    private void Run()
    {
        while (!_stop)
        {
            if (_consumer.Consume(20) is null || _stamp.Micros < 0) continue;
            lock (_lock) _micros.Add(_stamp.Micros);
        }
    }

    private sealed class Stamp(TimeProvider time) : IDeserializer<Stamp>
    {
        public long Micros { get; private set; } = -1;

        public Stamp Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
        {
            long now = time.GetUtcNow().ToUnixTimeMicroseconds();
            Micros = WorkItemView.TryDecodeFramed(data, out WorkItemView item, out _)
                && InferenceRequestView.TryDecodeFramed(item.Request, out InferenceRequestView request, out _)
                ? now - request.Created : -1;
            return this;
        }
    }
}
