using System.Buffers.Binary;
using Confluent.Kafka;
using StreamSched.Avro.Records;
using StreamSched.Kafka.Settings;
using StreamSched.Schedulers;

namespace StreamSched.Bench;

/// <summary>
/// The loop (a): Confluent.Kafka as well tuned as we can make it, doing no more than moving records. One consumer for both topics, no topic names, no headers,
/// no time stamps; values are copied from librdkafka's memory into one array that is sent again and again; no delivery reports; positions are committed by the
/// client itself, beside the loop. Decision records and work items have the sizes of the scheduler's, and work goes to the same topics in the same shares.
/// </summary>
internal sealed class BareLoop : IRouteLoop
{
    private const int MostPerRound = 256;
    private readonly Frame _frame;
    private readonly IConsumer<Ignore, Frame> _consumer;
    private readonly IProducer<byte[], byte[]> _work;
    private readonly IProducer<byte[], byte[]> _lingering;
    private readonly IProducer<byte[], byte[]> _decisions;
    private readonly TopicPartition[] _workTopics;
    private readonly TopicPartition[] _decisionPartitions;
    private readonly int[] _order;
    private readonly byte[] _short;
    private readonly byte[] _full;
    private readonly Thread _thread;
    private volatile bool _stop;
    private volatile bool _isFast;
    private Exception? _failure;

    /// <summary>Starts it.</summary>
    /// <param name="kafka">The broker.</param>
    /// <param name="group">The group, without prefix.</param>
    /// <param name="sizes">Records as the scheduler writes them.</param>
    /// <param name="order">The worker of one request after the other, over and over.</param>
    /// <param name="partitions">Partitions of requests.</param>
    /// <param name="waits">How long records linger; where work and decisions wait equally long they share a producer.</param>
    public BareLoop(KafkaSettings kafka, string group, RouteSizes sizes, int[] order, int partitions, BatchingRule waits)
    {
        (Progress, _order, _short, _full) = (new LoopProgress(partitions), order, sizes.ShortDecision, sizes.FullDecision);
        _frame = new Frame(sizes.Work, sizes.RequestBytes);
        ConsumerConfig config = kafka.GroupConsumer(kafka.Group(group));
        config.ConsumeResultFields = "none";
        config.EnableAutoCommit = true;
        config.EnableAutoOffsetStore = true;
        config.AutoCommitIntervalMs = 500;
        _consumer = new ConsumerBuilder<Ignore, Frame>(config).SetValueDeserializer(_frame).SetLogHandler(static (_, _) => { })
            .SetPartitionsAssignedHandler((_, given) => Progress.IsReady |= given.Count > 0).Build();
        _work = Producer(kafka, waits.Slow);
        _lingering = waits.Fast == waits.Slow ? _work : Producer(kafka, waits.Fast);
        _decisions = waits.Decisions == waits.Slow ? _work : Producer(kafka, waits.Decisions);
        _workTopics = [.. Enumerable.Range(0, order.Max() + 1).Select(w => new TopicPartition(kafka.Topics.Work(RouteRecords.WorkerId(w)), 0))];
        _decisionPartitions = [.. Enumerable.Range(0, partitions).Select(p => new TopicPartition(kafka.Topics.Decisions, p))];
        _consumer.Subscribe([kafka.Topics.Requests, kafka.Topics.Results]);
        _thread = new Thread(Run) { Name = "loop", IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public LoopProgress Progress { get; }

    /// <inheritdoc/>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether every topic gets so many records that lingering pays; the scheduler finds out by itself.</summary>
    public bool IsFast
    {
        get => _isFast;
        set => _isFast = value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _consumer.Dispose();
        _work.Dispose();
        _lingering.Dispose();
        _decisions.Dispose();
    }

    private void Run()
    {
        try
        {
            Loop();
            _consumer.Close();
        }
#pragma warning disable CA1031 // Whatever it is, the run is over; the benchmark reports it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _failure, exception);
        }
    }

    private void Loop()
    {
        byte[] workKey = new byte[36];
        Message<byte[], byte[]> work = new() { Key = workKey, Value = _frame.Work, Headers = [] };
        Message<byte[], byte[]> decision = new() { Key = workKey, Value = _short, Headers = [] };
        long[] taken = new long[Progress.Partitions];
        long sent = 0, answered = 0;
        int wait = 100;
        while (!_stop)
        {
            int round = 0;
            for (; round < MostPerRound; round++)
            {
                ConsumeResult<Ignore, Frame>? result = _consumer.Consume(round == 0 ? wait : 0);
                if (result is null) break;
                if (!_frame.IsRequest)
                {
                    answered++;
                    continue;
                }

                int partition = result.Partition.Value;
                Send(_isFast ? _lingering : _work, _workTopics[_order[(int)(sent % _order.Length)]], work);
                decision.Value = sent % 100 == 99 ? _full : _short;
                Send(_decisions, _decisionPartitions[partition], decision);
                taken[partition]++;
                sent++;
            }

            wait = round > 0 ? 0 : 2;
            for (int p = 0; p < taken.Length; p++) Progress.SetTaken(p, taken[p]);
            Progress.Answered = answered;
            Progress.Allocated = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    private static void Send(IProducer<byte[], byte[]> producer, TopicPartition place, Message<byte[], byte[]> message)
    {
        while (true)
        {
            try
            {
                producer.Produce(place, message);
                return;
            }
            catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                FinePause.ForMicros(500);
            }
        }
    }

    private static IProducer<byte[], byte[]> Producer(KafkaSettings kafka, TimeSpan linger)
    {
        ProducerConfig config = kafka.Producer(linger: linger);
        config.EnableDeliveryReports = false;
        return new ProducerBuilder<byte[], byte[]>(config).SetLogHandler(static (_, _) => { }).Build();
    }

    /// <summary>Copies a request to the end of the work item that is sent next.</summary>
    private sealed class Frame(byte[] work, int requestBytes) : IDeserializer<Frame>
    {
        private readonly int _at = work.Length - requestBytes;

        public byte[] Work { get; } = [.. work];

        public bool IsRequest { get; private set; }

        public Frame Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
        {
            IsRequest = data.Length == requestBytes && BinaryPrimitives.ReadUInt64LittleEndian(data[2..]) == InferenceRequest.Fingerprint;
            if (IsRequest) data.CopyTo(Work.AsSpan(_at));
            return this;
        }
    }
}
