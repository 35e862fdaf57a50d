using Confluent.Kafka;
using StreamSched.Avro;
using StreamSched.Core.Policies;
using StreamSched.Kafka.Settings;

namespace StreamSched.Bench;

/// <summary>
/// Plays devices and workers for a loop under test: writes requests, at a rate or as fast as the loop takes them, and the result of each once the loop has
/// sent it on. The same for both loops, so both read the same.
/// </summary>
internal sealed class RouteFeeder : IDisposable
{
    private static readonly TimeSpan BatchLinger = TimeSpan.FromMilliseconds(5);
    private readonly KafkaSettings _kafka;
    private readonly RouteRecords _records;
    private volatile LoopProgress? _progress;
    private readonly TimeProvider _time;
    private readonly IProducer<Null, byte[]> _eager;
    private readonly IProducer<Null, byte[]> _batching;
    private readonly TopicPartition[] _requestPartitions;
    private readonly TopicPartition[] _resultPartitions;
    private readonly long[] _sent;
    private readonly long[] _answered;
    private readonly Message<Null, byte[]> _message = new() { Headers = [] };
    private readonly Thread _thread;
    private RandomStream _random = RandomStream.For(1, "arrivals");
    private IProducer<Null, byte[]>? _lately;
    private double _rate;
    private double _due;
    private long _mostAhead;
    private volatile bool _stop;
    private volatile bool _feeding;
    private long _sentInAll;
    private Exception? _failure;

    /// <summary>Connects, so that all threads of its clients are there, and waits.</summary>
    public RouteFeeder(KafkaSettings kafka, RouteRecords records, int partitions, TimeProvider time)
    {
        (_kafka, _records, _time) = (kafka, records, time);
        _eager = Producer(TimeSpan.Zero);
        _batching = Producer(BatchLinger);
        _requestPartitions = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(kafka.Topics.Requests, p))];
        _resultPartitions = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(kafka.Topics.Results, p))];
        (_sent, _answered) = (new long[partitions], new long[partitions]);
        _thread = new Thread(Run) { Name = "feeder", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Requests written.</summary>
    public long Sent => Volatile.Read(ref _sentInAll);

    /// <summary>What ended it too early.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Begins to write.</summary>
    /// <param name="progress">What the loop has taken.</param>
    /// <param name="rate">Requests per second, as a Poisson process; 0: as many as the loop takes.</param>
    /// <param name="mostAhead">Most requests that the loop has not taken yet.</param>
    public void Feed(LoopProgress progress, double rate, long mostAhead)
    {
        _feeding = false;
        (_progress, _rate, _mostAhead, _due) = (progress, rate, mostAhead, Seconds());
        _feeding = true;
    }

    /// <summary>Writes no more requests; results still follow.</summary>
    public void Pause() => _feeding = false;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _eager.Dispose();
        _batching.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stop)
            {
                bool idle = true;
                if (_feeding) idle = !WriteRequests();
                idle &= !WriteResults();
                if (idle) FinePause.ForMicros(100);
            }
        }
#pragma warning disable CA1031 // Whatever it is, the run is over; the benchmark reports it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failure, exception);
        }
    }

    private bool WriteRequests()
    {
        long ahead = _mostAhead - (_sentInAll - _progress!.Taken);
        int written = 0;
        double now = Seconds();

        // Paced requests leave at once, so that they do not come in bunches; as many as possible leave in batches.
        IProducer<Null, byte[]> producer = _rate > 0 ? _eager : _batching;
        if (producer != _lately)
        {
            // Two producers keep no order between them, and results are written in the order of requests: first all that one wrote has to be taken.
            if (_sentInAll > _progress!.Taken) return false;
            _lately = producer;
        }

        for (; written < 64 && written < ahead && (_rate == 0 || _due <= now); written++)
        {
            int partition = (int)(_sentInAll % _sent.Length);
            Write(producer, _requestPartitions[partition], _records.Request(partition, _sent[partition], Micros()));
            _sent[partition]++;
            Volatile.Write(ref _sentInAll, _sentInAll + 1);
            if (_rate > 0) _due += _random.NextExponential() / _rate;
        }

        return written > 0;
    }

    private bool WriteResults()
    {
        bool any = false;
        if (_progress is not { } progress) return false;
        for (int p = 0; p < _answered.Length; p++)
        {
            long taken = progress.TakenOf(p);
            if (_answered[p] >= taken) continue;
            any = true;
            long now = Micros();
            for (; _answered[p] < taken; _answered[p]++) Write(_batching, _resultPartitions[p], _records.Result(p, _answered[p], now));
        }

        return any;
    }

    private void Write(IProducer<Null, byte[]> producer, TopicPartition place, byte[] value)
    {
        _message.Value = value;
        while (true)
        {
            try
            {
                producer.Produce(place, _message);
                return;
            }
            catch (ProduceException<Null, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull && !_stop)
            {
                FinePause.ForMicros(500);
            }
        }
    }

    private IProducer<Null, byte[]> Producer(TimeSpan linger)
    {
        ProducerConfig config = _kafka.Producer(linger: linger);
        config.EnableDeliveryReports = false;
        IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(config).SetLogHandler(static (_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(producer.Handle).Build();
        admin.GetMetadata(_kafka.Topics.Requests, _kafka.ConnectTimeout); // from here on it has all its threads
        return producer;
    }

    private double Seconds() => _time.GetTimestamp() / (double)_time.TimestampFrequency;

    private long Micros() => _time.GetUtcNow().ToUnixTimeMicroseconds();
}
