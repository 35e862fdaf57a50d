using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Producing;

/// <summary>
/// An idempotent producer that never waits for deliveries. May be used from any thread.
/// <para>
/// What is known about a record afterwards is the caller's choice. A <b>tracked</b> record has a token, and the delivery handler hears of it: this
/// costs the client about 0.4 µs and 350 B of garbage. An <b>untracked</b> one costs neither, but Confluent.Kafka drops its failure silently;
/// since records fail by the batch, every 64th untracked record of a topic carries a report, so that failures show and are logged.
/// </para>
/// </summary>
public sealed class RecordProducer : IDisposable
{
    /// <summary>The token of records whose fate nobody asks for.</summary>
    public const long Untracked = -1;

    private const int SampleEvery = 64;
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RenewPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly IProducer<RecordKey, byte[]> _producer;
    private readonly DeliveryHandler? _handler;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly Dictionary<string, ProducerTopic> _topics = [];
    private readonly ExactArrays _keys = new();
    private readonly ExactArrays _values = new();
    private readonly Headers _noHeaders = [];
    private readonly Message<RecordKey, byte[]> _message;   // read by Produce before it returns, so one serves all
    private KafkaFailureException? _failure;
    private long _renewed;
    private bool _contacted;
    private bool _disposed;

    /// <summary>Makes a producer; it connects when first used.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="loggers">For records that were not stored.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="handler">Hears of tracked records, on the client's thread or, with <paramref name="ownPoll"/>, on the one that polls.</param>
    /// <param name="ownPoll">Reports are served by <see cref="Poll"/> alone, which the caller then calls often.</param>
    /// <param name="linger">Overrides <see cref="KafkaSettings.Linger"/>.</param>
    public RecordProducer(
        KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, DeliveryHandler? handler = null, bool ownPoll = false, TimeSpan? linger = null)
    {
        (_logger, _time, _handler, _patience) = (loggers.CreateLogger<RecordProducer>(), time, handler, settings.DeliveryTimeout + TimeSpan.FromSeconds(5));
        _message = new Message<RecordKey, byte[]> { Headers = _noHeaders };
        _producer = new ProducerBuilder<RecordKey, byte[]>(settings.Producer(ownPoll, linger))
            .SetKeySerializer(new RecordKey.Serializer())
            .SetLogHandler((_, message) => Guard("a line of the client's log", () => KafkaLog.Forward(_logger, message)))
            .SetErrorHandler((_, error) => Guard("an error of the client", () => OnClientError(error)))
            .Build();
    }

    /// <summary>What made the producer useless; null while it works.</summary>
    public KafkaFailureException? Failure => Volatile.Read(ref _failure);

    /// <summary>The topic with this full name, to produce to.</summary>
    public ProducerTopic Topic(string name)
    {
        lock (_lock)
        {
            if (!_topics.TryGetValue(name, out var topic)) _topics.Add(name, topic = new ProducerTopic(this, name));
            return topic;
        }
    }

    /// <summary>
    /// Hands a record to the client, which has copied it when this returns. Waits only while the client's queue is full, and no longer than
    /// records may wait in it.
    /// </summary>
    /// <param name="topic">Where to.</param>
    /// <param name="partition">Its partition; negative: chosen by the key.</param>
    /// <param name="key">The key; empty: none.</param>
    /// <param name="value">The value.</param>
    /// <param name="headers">Headers, such as <see cref="TraceContext.Inject"/> gives; null: none.</param>
    /// <param name="token">What the delivery handler gets back, 0 or more; <see cref="Untracked"/>: nobody asks.</param>
    /// <param name="isTombstone">Sends no value at all, which takes the key back in a compacted topic.</param>
    /// <param name="timestampMillis">The record's time, milliseconds since 1970; 0: now by the machine's clock.</param>
    /// <returns>null, or why the record can never be sent, such as its size; the handler does not hear of it then.</returns>
    /// <exception cref="KafkaFailureException">The producer is of no further use, or its queue stayed full for too long.</exception>
    public Error? Produce(
        ProducerTopic topic, int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, Headers? headers = null, long token = Untracked,
        bool isTombstone = false, long timestampMillis = 0)
    {
        lock (_lock)
        {
            if (Failure is { } failure) throw failure;
            _message.Value = isTombstone ? null! : _values.Copy(value);
            _message.Headers = headers ?? _noHeaders;
            _message.Timestamp = timestampMillis == 0 ? Timestamp.Default : new Timestamp(timestampMillis, TimestampType.CreateTime);
            var place = partition < 0 ? new TopicPartition(topic.Name, Partition.Any) : topic.Partition(partition);
            var handler = token >= 0 || topic.Produced % SampleEvery == 0 ? topic.Handler : null;
            _message.Key = new RecordKey(
                key.IsEmpty ? null : _keys.Copy(key), token, handler is not null && MessagingInstruments.TimesOperations ? _time.GetTimestamp() : 0);
            if (handler is not null) topic.Tracked();
            var error = Send(place, handler);
            if (error is null) topic.CountProduced();
            else if (handler is not null) topic.NotSent();
            return error;
        }
    }

    /// <summary>Produces and waits for the report. For single records; with own polling somebody else has to poll.</summary>
    /// <returns>The record's partition and offset.</returns>
    /// <exception cref="KafkaFailureException">It was not stored.</exception>
    public async Task<(int Partition, long Offset)> ProduceAsync(
        ProducerTopic topic, int partition, byte[]? key, byte[]? value, Headers? headers = null, CancellationToken cancellation = default)
    {
        if (Failure is { } failure) throw failure;
        try
        {
            var message = new Message<RecordKey, byte[]> { Key = new RecordKey(key, Untracked), Value = value!, Headers = headers };
            var place = new TopicPartition(topic.Name, partition < 0 ? Partition.Any : partition);
            var result = await _producer.ProduceAsync(place, message, cancellation).ConfigureAwait(false);
            topic.Traffic.CountSent();
            Volatile.Write(ref _contacted, true);
            return (result.Partition.Value, result.Offset.Value);
        }
        catch (KafkaException exception)
        {
            throw Failure ?? NotStored(exception, topic.Name);
        }
    }

    /// <summary>
    /// Learns where a topic's partitions are and logs in, for which its first record would wait otherwise (some 15 ms were measured). A cluster that does not
    /// answer is left for the first record to tell of.
    /// </summary>
    /// <param name="topic">Where to.</param>
    /// <param name="limit">How long it may take.</param>
    public void Connect(ProducerTopic topic, TimeSpan limit) => GetMetadata(topic.Name, limit);

    /// <summary>Serves delivery reports where the caller does that itself; otherwise waits for the client to have served some.</summary>
    /// <returns>How many events were served.</returns>
    public int Poll(TimeSpan timeout) => _producer.Poll(timeout);

    /// <summary>Waits until everything is stored or has failed, once, at the end.</summary>
    /// <returns>false if the time was not enough.</returns>
    public bool Drain(TimeSpan limit)
    {
        using var enough = new CancellationTokenSource(limit, _time);
        try
        {
            _producer.Flush(enough.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends the producer; what it still holds is lost, so <see cref="Drain"/> goes first.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (!TimeLimit.Run("end-producer", TimeLimit.OfEnding, _producer.Dispose, out _)) KafkaLog.NotEnded(_logger, "producer"); // it waits for call-backs
    }

    /// <summary>Makes the producer useless, since a call-back of its client failed.</summary>
    /// <param name="callback">Which.</param>
    /// <param name="exception">What it threw.</param>
    internal void Fail(string callback, Exception exception) =>
        Interlocked.CompareExchange(ref _failure, KafkaFailureException.InCallback(callback, exception), null);

    internal void OnReport(ProducerTopic topic, int partition, long offset, long token, Error? error, long sentAt)
    {
        if (sentAt != 0) MessagingInstruments.Stored(topic.Name, _time.GetElapsedTime(sentAt), error?.Code.ToString());
        if (error is null) Volatile.Write(ref _contacted, true);
        else LogFailure(topic, error);
        if (token >= 0) _handler?.Invoke(topic, partition, error is null ? offset : -1, token, error);
    }

    private void GetMetadata(string topic, TimeSpan limit)
    {
        try
        {
            _producer.Handle.MetadataOf(topic, limit);
        }
        catch (KafkaException)
        {
            // The record will be late, or fail with a reason of its own.
        }
    }

    private bool MayRenew()
    {
        if (_renewed != 0 && _time.GetElapsedTime(_renewed) < RenewPatience) return false;
        _renewed = _time.GetTimestamp();
        return true;
    }

    private Error? Send(TopicPartition place, Action<DeliveryReport<RecordKey, byte[]>>? handler)
    {
        var began = 0L;
        while (true)
        {
            try
            {
                _producer.Produce(place, _message, handler);
                return null;
            }
            catch (ProduceException<RecordKey, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                if (began == 0) began = _time.GetTimestamp();
                else if (_time.GetElapsedTime(began) > _patience)
                    throw new KafkaFailureException(
                        KafkaFailureKind.Unreachable, $"the brokers take no records: the queue has been full for {_patience.TotalSeconds:0} s", exception);
                _producer.Poll(TimeSpan.FromMilliseconds(5));
                if (Failure is { } failure) throw failure;
            }
            catch (ProduceException<RecordKey, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_UnknownPartition && MayRenew())
            {
                // Partitions were added since the client looked last, perhaps.
                GetMetadata(place.Topic, RenewPatience);
            }
            catch (ProduceException<RecordKey, byte[]> exception) when (exception.Error.IsFatal)
            {
                throw KafkaFailureException.From(exception.Error, place.Topic)!;
            }
            catch (ProduceException<RecordKey, byte[]> exception)
            {
                return exception.Error;
            }
        }
    }

    private void LogFailure(ProducerTopic topic, Error error)
    {
        if (topic.LastLogged != 0 && _time.GetElapsedTime(topic.LastLogged) < LogEvery) return;
        topic.LastLogged = _time.GetTimestamp();
        KafkaLog.NotDelivered(_logger, topic.Failed - topic.LoggedFailures, topic.Name, error.Reason);
        topic.LoggedFailures = topic.Failed;
    }

    private void Guard(string callback, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            Fail(callback, exception);
        }
    }

    private void OnClientError(Error error)
    {
        var failure = KafkaFailureException.From(error, "producing");
        if (failure is { Kind: KafkaFailureKind.Authentication } && Volatile.Read(ref _contacted)) failure = null; // as brokers restart, see GroupConsumer
        if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
        else KafkaLog.ClientError(_logger, "producer", error.Reason, error.Code);
    }

    private static KafkaFailureException NotStored(KafkaException exception, string topic) =>
        KafkaFailureException.From(exception.Error, "topic " + topic) ?? exception.Error.Code switch
        {
            ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
                new(
                    KafkaFailureKind.UnknownTopic,
                    $"the topic {topic} does not exist, or lacks the partition. Create it: streamsched topics create", exception),
            ErrorCode.MsgSizeTooLarge => new(KafkaFailureKind.Refused, $"the record is too large for {topic} (max.message.bytes)", exception),
            ErrorCode.InvalidTimestamp =>
                new(KafkaFailureKind.Refused, "the brokers refuse the record's time: this machine's clock is ahead. Set it by NTP", exception),
            _ => new(KafkaFailureKind.Unreachable, $"the record was not stored in {topic}: {exception.Error.Reason}", exception),
        };
}
