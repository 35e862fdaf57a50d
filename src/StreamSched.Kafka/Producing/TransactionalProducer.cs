using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;

namespace StreamSched.Kafka.Producing;

/// <summary>
/// Writes records, and how far other topics were read to make them, in transactions: both are stored or neither is. Of several processes with one
/// transactional id the latest to start may write; the others are fenced. For one thread.
/// </summary>
/// <remarks>
/// Whatever goes wrong with a transaction, the producer is of no further use: what became of a transaction whose end timed out is not known here, and
/// librdkafka cannot ask. A new producer with the same id finishes or aborts it when it starts, and <see cref="Committed"/> tells which.
/// </remarks>
internal sealed class TransactionalProducer : IDisposable
{
    // Brokers abort what has not ended for so long; who writes five times a second is dead by then.
    private static readonly TimeSpan TransactionTimeout = TimeSpan.FromSeconds(30);
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly IConsumer<byte[], byte[]> _offsets;
    private readonly string _transactionalId;
    private readonly ILogger _logger;
    private readonly TimeSpan _limit;
    private readonly CallbackBoundary _callbacks = new();
    private readonly TimeProvider _time;
    private long _lastEnded;
    private bool _open;

    /// <summary>Makes a producer; it connects in <see cref="Start"/>.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="transactionalId">Full id of its transactions.</param>
    /// <param name="group">Full name of the group under which offsets are stored; nobody joins it.</param>
    /// <param name="loggers">For what the client says.</param>
    /// <param name="time">Clock.</param>
    public TransactionalProducer(KafkaSettings settings, string transactionalId, string group, ILoggerFactory loggers, TimeProvider time)
    {
        (_transactionalId, _logger, _limit, _time) = (transactionalId, loggers.CreateLogger<TransactionalProducer>(), settings.ConnectTimeout, time);
        ProducerConfig config = settings.Producer();
        config.TransactionalId = transactionalId;
        config.TransactionTimeoutMs = (int)TransactionTimeout.TotalMilliseconds;
        config.MessageTimeoutMs = config.TransactionTimeoutMs; // librdkafka wants no longer one
        config.DeliveryReportFields = "none";
        _producer = new ProducerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, message) => _callbacks.Run(() => KafkaLog.Forward(_logger, message)))
            .SetErrorHandler((_, error) => _callbacks.Run(() => KafkaLog.ClientError(_logger, "producer", error.Reason, error.Code)))
            .Build();
        _offsets = new ConsumerBuilder<byte[], byte[]>(settings.OffsetsOf(group))
            .SetLogHandler((_, message) => _callbacks.Run(() => KafkaLog.Forward(_logger, message)))
            .SetErrorHandler((_, error) => _callbacks.Run(() => KafkaLog.ClientError(_logger, "reader", error.Reason, error.Code)))
            .Build();
    }

    /// <summary>Whether records were written since the last commit.</summary>
    public bool HasOpen => _open;

    /// <summary>Becomes the one that writes: finishes or aborts what a predecessor left, and fences it.</summary>
    /// <exception cref="KafkaFailureException">Kafka cannot be used, or may not be by this user.</exception>
    public void Start() => Try(() => _producer.InitTransactions(_limit), "begin");

    /// <summary>How far the group has come.</summary>
    /// <param name="partitions">Of which partitions.</param>
    /// <returns>Offsets of the next records to read; <see cref="Offset.Unset"/> where none was stored.</returns>
    /// <exception cref="KafkaFailureException">Nobody answers, or this user may not know.</exception>
    public IReadOnlyList<TopicPartitionOffset> Committed(IReadOnlyList<TopicPartition> partitions)
    {
        IReadOnlyList<TopicPartitionOffset> found = [];
        Try(() => found = _offsets.Committed(partitions, _limit), "offsets");
        return found;
    }

    /// <summary>Writes a record in the transaction that is open, or begins one.</summary>
    /// <param name="topic">Full name.</param>
    /// <param name="partition">Partition.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="TransactionLostException">Make a new producer, and begin where its <see cref="Committed"/> says.</exception>
    public void Produce(string topic, int partition, byte[] key, byte[] value) => Try(
        () =>
        {
            if (!_open) _producer.BeginTransaction();
            _open = true;
            while (true)
            {
                try
                {
                    _producer.Produce(new TopicPartition(topic, partition), new Message<byte[], byte[]> { Key = key, Value = value });
                    return;
                }
                catch (ProduceException<byte[], byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
                {
                    _producer.Poll(TimeSpan.FromMilliseconds(5));
                }
            }
        },
        "write");

    /// <summary>Stores everything that was written since the last commit, and how far the group has come.</summary>
    /// <param name="offsets">Offsets of the next records to read.</param>
    /// <exception cref="TransactionLostException">Make a new producer, and begin where its <see cref="Committed"/> says.</exception>
    public void Commit(IReadOnlyList<TopicPartitionOffset> offsets)
    {
        Try(
            () =>
            {
                if (!_open) _producer.BeginTransaction();
                _open = true;
                _producer.SendOffsetsToTransaction(offsets, _offsets.ConsumerGroupMetadata, _limit);
                _producer.CommitTransaction(TransactionTimeout);
            },
            "commit");
        _open = false;
        _lastEnded = _time.GetTimestamp();
    }

    /// <summary>Ends the producer; an open transaction is aborted by whoever comes next.</summary>
    public void Dispose()
    {
        if (!TimeLimit.Run("end-producer", TimeLimit.OfEnding, _producer.Dispose, out _)) KafkaLog.NotEnded(_logger, "producer");
        if (!TimeLimit.Run("end-reader", TimeLimit.OfEnding, _offsets.Dispose, out _)) KafkaLog.NotEnded(_logger, "reader");
    }

    private void Try(Action action, string what)
    {
        try
        {
            action();
        }
        catch (KafkaException exception) when (IsFencing(exception.Error.Code) && !WasSilent)
        {
            throw new KafkaFailureException(
                KafkaFailureKind.Fenced, $"another process writes under the transactional id '{_transactionalId}' now; this one ends", exception);
        }
        catch (KafkaException exception) when (!exception.Error.IsFatal || IsFencing(exception.Error.Code))
        {
            throw KafkaFailureException.From(exception.Error, $"the transactional id '{_transactionalId}'")
                is { Kind: KafkaFailureKind.Authorization or KafkaFailureKind.Authentication } refused
                ? refused : new TransactionLostException($"{what}: {exception.Error.Reason} ({exception.Error.Code})", exception);
        }
        catch (KafkaException exception)
        {
            throw KafkaFailureException.From(exception.Error, $"the transactional id '{_transactionalId}'")
                ?? new KafkaFailureException(KafkaFailureKind.Fatal, exception.Error.Reason, exception);
        }
    }

    // Brokers fence a producer too whose transaction did not end in time, and nobody else is there then.
    private bool WasSilent => _lastEnded != 0 && _time.GetElapsedTime(_lastEnded) > TransactionTimeout / 2;

    private static bool IsFencing(ErrorCode code) => code is ErrorCode.Local_Fenced or ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced;
}
