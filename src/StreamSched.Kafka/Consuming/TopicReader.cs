using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Native;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Consuming;

/// <summary>
/// Reads chosen partitions from chosen positions, without a group: topics that every process reads whole (<c>workers</c>, <c>telemetry</c>,
/// <c>load</c>, <c>policies</c>), and <c>results</c> from a committed position on. For one thread.
/// </summary>
internal sealed class TopicReader : IDisposable
{
    private const int FetchedBytes = 64 * 1024;
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2); // of a question, so that a refused login is noticed between two

    private static readonly TimeSpan NewTopicPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CountPatience = TimeSpan.FromSeconds(1);

    private readonly IConsumer<RecordBytes, RecordBytes> _consumer;
    private readonly nint _native;
    private readonly bool _withHeaders;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _questionTimeout;
    private readonly string? _onlyTopic;
    private readonly LogWatch? _watch;
    private readonly CallbackBoundary _callbacks = new();
    private readonly Dictionary<TopicPartition, PartitionCursor> _cursors = [];
    private PartitionCursor? _lastUsed;
    private bool _contacted;
    private KafkaFailureException? _failure;

    /// <summary>Makes a reader of nothing yet.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="loggers">For what the client repairs by itself.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="onlyTopic">Full name of the one topic that will be read, which saves a string per record; null: several.</param>
    /// <param name="withHeaders">Whether handlers need headers.</param>
    /// <param name="fetchWait">
    /// How long brokers may gather records before they answer a fetch, so that a fast topic costs fewer fetches; null: each record is sent at once.
    /// </param>
    /// <param name="gaps">Where records that left the log before they were read are told of (<c>log-gap</c>); null: nobody misses them.</param>
    public TopicReader(
        KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, string? onlyTopic = null, bool withHeaders = false, TimeSpan? fetchWait = null,
        Conditions? gaps = null)
    {
        (_logger, _time, _onlyTopic, _withHeaders, _questionTimeout) =
            (loggers.CreateLogger<TopicReader>(), time, onlyTopic, withHeaders, settings.ConnectTimeout);
        var config = settings.Reader();
        config.ConsumeResultFields = "timestamp" + (onlyTopic is null ? ",topic" : "") + (withHeaders ? ",headers" : "");
        if (fetchWait is { } wait && wait < settings.FetchWait) (config.FetchMinBytes, config.FetchWaitMaxMs) = (FetchedBytes, (int)wait.TotalMilliseconds);
        _consumer = new ConsumerBuilder<RecordBytes, RecordBytes>(config)
            .SetKeyDeserializer(new RecordBytes.Deserializer())
            .SetValueDeserializer(new RecordBytes.Deserializer())
            .SetLogHandler((_, message) => _callbacks.Run(() => KafkaLog.Forward(_logger, message)))
            .SetErrorHandler((_, error) => _callbacks.Run(() => OnClientError(error)))
            .Build();
        _native = NativeClient.HandleOf(_consumer);
        if (gaps is not null) _watch = new LogWatch(place => _consumer.QueryWatermarkOffsets(place, Slice), WatchPeriod, gaps, loggers, time);
    }

    /// <summary>Partitions of a topic; also the first contact with the cluster. A topic that brokers do not know is waited for, for a moment: new ones are
    /// not known to all at once.</summary>
    /// <exception cref="KafkaFailureException">The topic is not there, or nobody answers.</exception>
    public IReadOnlyList<int> Partitions(KafkaSettings settings, string topic)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            ThrowIfFailed();
            var found = Ask(() => _consumer.Handle.MetadataOf(topic, Slice), topic);
            if (found.Error.Code == ErrorCode.NoError && found.Partitions.Count > 0)
                return [.. found.Partitions.Select(partition => partition.PartitionId).Order()];
            if (KafkaFailureException.From(found.Error, "topic " + topic) is { } failure) throw failure;
            if (_time.GetElapsedTime(began) > NewTopicPatience)
                throw new KafkaFailureException(KafkaFailureKind.UnknownTopic, $"the topic {topic} does not exist. Create it: streamsched topics create");
            Task.Delay(TimeSpan.FromMilliseconds(50), _time).Wait();
        }
    }

    /// <summary>How many partitions a topic has, from any thread: 0 if it does not exist; null if this user may not know, or no broker answered within a
    /// second.</summary>
    public int? PartitionCount(string topic)
    {
        try
        {
            var found = _consumer.Handle.MetadataOf(topic, CountPatience);
            return found.Error.Code switch
            {
                ErrorCode.NoError => found.Partitions.Count,
                ErrorCode.UnknownTopicOrPart => 0,
                _ => null,
            };
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    /// <summary>Begins to read a partition.</summary>
    /// <param name="topic">Full name.</param>
    /// <param name="partition">Partition.</param>
    /// <param name="from">First offset; negative: the earliest.</param>
    /// <returns>The end of the partition now: records before it were there when reading began.</returns>
    public long Follow(string topic, int partition, long from = -1)
    {
        var place = new TopicPartition(topic, partition);
        var watermarks = Ask(() => _consumer.QueryWatermarkOffsets(place, Slice), topic);
        // A position behind the end belongs to a log that was there before this one: the topic was made anew.
        var start = from > watermarks.High.Value ? watermarks.Low.Value : Math.Max(from, watermarks.Low.Value);
        if (from >= 0 && start > from) _watch?.Tell(place, from, start - from);
        var log = _watch is null ? null : new WatchedLog(place, start);
        var cursor = new PartitionCursor(place) { Position = start, KnownEnd = watermarks.High.Value, Log = log };
        _cursors[place] = cursor;
        _consumer.IncrementalAssign([new TopicPartitionOffset(place, cursor.Position)]);
        return cursor.KnownEnd;
    }

    /// <summary>Begins to read a partition at its end: only what comes from now on.</summary>
    /// <param name="topic">Full name.</param>
    /// <param name="partition">Partition.</param>
    /// <returns>The end.</returns>
    public long FollowNew(string topic, int partition) => Follow(topic, partition, Ends(topic, partition).High);

    /// <summary>
    /// Whether a broker has answered a fetch of the partition. Until then a record may take as long as a fetch of other partitions that is under way
    /// (<see cref="KafkaSettings.FetchWait"/>).
    /// </summary>
    public bool IsFetching(string topic, int partition) => _cursors.TryGetValue(new TopicPartition(topic, partition), out var cursor) && cursor.IsFetching;

    /// <summary>Whether everything was read that brokers had when they were asked last. They may have more since, or not answer.</summary>
    public bool IsAtEnd(string topic, int partition) => _cursors.TryGetValue(new TopicPartition(topic, partition), out var cursor) && cursor.IsAtEnd;

    /// <summary>First offset of a partition that is still there, and the end.</summary>
    public (long Low, long High) Ends(string topic, int partition)
    {
        var watermarks = Ask(() => _consumer.QueryWatermarkOffsets(new TopicPartition(topic, partition), Slice), topic);
        return (watermarks.Low.Value, watermarks.High.Value);
    }

    /// <summary>First offset whose record is not older than an instant; the end if there is none. The embedded cluster always gives the end.</summary>
    public long OffsetAt(string topic, int partition, DateTimeOffset instant)
    {
        var place = new TopicPartitionTimestamp(topic, partition, new Timestamp(instant));
        var found = Ask(() => _consumer.OffsetsForTimes([place], Slice), topic).Single().Offset;
        return found.IsSpecial ? Ends(topic, partition).High : found.Value;
    }

    /// <summary>Begins to read all partitions of a topic where its recent records begin.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="topic">Full name.</param>
    /// <param name="since">Records from this instant on are read; null: as many as <paramref name="atLeast"/> says.</param>
    /// <param name="atLeast">So many records per partition are read even if they are older, as far as there are so many.</param>
    public void FollowRecent(KafkaSettings settings, string topic, DateTimeOffset? since, int atLeast)
    {
        foreach (var partition in Partitions(settings, topic))
        {
            var from = Ends(topic, partition).High - atLeast;
            if (since is { } instant) from = Math.Min(from, OffsetAt(topic, partition, instant));
            Follow(topic, partition, Math.Max(0, from));
        }
    }

    /// <summary>Begins to read all partitions of a topic from their earliest records.</summary>
    public void FollowAll(KafkaSettings settings, string topic)
    {
        foreach (var partition in Partitions(settings, topic)) Follow(topic, partition);
    }

    /// <summary>Stops reading a partition.</summary>
    public void Leave(string topic, int partition)
    {
        var place = new TopicPartition(topic, partition);
        if (_cursors.Remove(place, out var cursor))
        {
            if (cursor.Log is { } log) log.IsLeft = true;
            _consumer.IncrementalUnassign([place]);
        }

        _lastUsed = null;
    }

    /// <summary>First offset that has not been read; -1 if the partition is not followed.</summary>
    public long Position(string topic, int partition) => _cursors.TryGetValue(new TopicPartition(topic, partition), out var cursor) ? cursor.Position : -1;

    /// <summary>Whether everything has been read that was there when reading began.</summary>
    public bool HasCaughtUp => _cursors.Values.All(cursor => cursor.Position >= cursor.KnownEnd);

    /// <summary>Delivers what there is.</summary>
    /// <param name="timeout">How long to wait for the first record.</param>
    /// <param name="handler">Takes each record.</param>
    /// <param name="most">Most records to deliver.</param>
    /// <returns>How many records were delivered.</returns>
    /// <exception cref="KafkaFailureException">Kafka cannot be used any more.</exception>
    public int Poll(TimeSpan timeout, RecordHandler handler, int most = 256)
    {
        // The first record comes by the package's own call, those that are there already past it.
        var delivered = 0;
        var more = true;
        for (var wait = (int)timeout.TotalMilliseconds; more && delivered < most; wait = 0)
        {
            if (delivered > 0 && _native != 0)
            {
                more = DeliverNext(handler, ref delivered);
                continue;
            }

            var result = Consume(wait);
            if (result is null) break;
            if (Find(result) is not { } cursor) continue;
            var message = result.Message;
            if (result.IsPartitionEOF) more = ReachedEnd(cursor, result.Offset.Value) && (delivered > 0 || wait == 0);
            else
                Deliver(cursor, new ReceivedRecord(
                    cursor.Place.Topic, result.Partition.Value, result.Offset.Value, message.Timestamp.UnixTimestampMs, message.Key.Span, message.Value.Span,
                    message.Value.IsNull, message.Headers, message.Timestamp.Type == TimestampType.LogAppendTime), handler, ref delivered);
        }

        ThrowIfFailed();
        if (_watch is { IsDue: true } watch) watch.Look(_cursors.Values.Select(cursor => cursor.Log!));
        return delivered;
    }

    /// <summary>Delivers everything that was there when reading of each partition began.</summary>
    /// <exception cref="KafkaFailureException">The end is not reached in time.</exception>
    public void CatchUp(RecordHandler handler, TimeSpan limit, CancellationToken cancellation = default)
    {
        var began = _time.GetTimestamp();
        while (!HasCaughtUp)
        {
            cancellation.ThrowIfCancellationRequested();
            Poll(TimeSpan.FromMilliseconds(50), handler, most: 10_000);
            if (_time.GetElapsedTime(began) <= limit) continue;
            var behind = _cursors.Values.Where(cursor => cursor.Position < cursor.KnownEnd)
                .Select(cursor => $"{cursor.Place.Topic}/{cursor.Place.Partition.Value}");
            throw new KafkaFailureException(
                KafkaFailureKind.Unreachable, $"{string.Join(", ", behind)} could not be read to the end within {limit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Ends reading.</summary>
    public void Dispose()
    {
        // Else it stays: a call still runs in the client's memory.
        if (_watch?.End(Slice) == false || !TimeLimit.Run("end-reader", TimeLimit.OfEnding, _consumer.Dispose, out _)) KafkaLog.NotEnded(_logger, "reader");
    }

    private ConsumeResult<RecordBytes, RecordBytes>? Consume(int milliseconds)
    {
        try
        {
            var result = _consumer.Consume(milliseconds);
            _contacted |= result is not null;
            return result;
        }
        catch (KafkaException exception)
        {
            OnConsumeError(exception.Error);
            return null;
        }
    }

    private void OnConsumeError(Error error)
    {
        if (IsOfGroup(error)) return;
        if (KafkaFailureException.From(
            error, "one of the topics that are read (" + string.Join(", ", _cursors.Keys.Select(place => place.Topic).Distinct()) + ")") is { } failure)
            throw failure;
        KafkaLog.ConsumeFailed(_logger, "reader", _onlyTopic ?? "topics", 0, error.Reason);
    }

    // Whether to go on.
    private bool DeliverNext(RecordHandler handler, ref int delivered)
    {
        using var record = NativeRecord.Next(_native);
        if (!record.IsThere) return false;
        if (record.Code is not (ErrorCode.NoError or ErrorCode.Local_PartitionEOF))
        {
            OnConsumeError(record.Error);
            return false;
        }

        if (Find(record) is not { } cursor) return true;
        if (record.Code == ErrorCode.Local_PartitionEOF) return ReachedEnd(cursor, record.Offset);
        Deliver(cursor, new ReceivedRecord(cursor.Place.Topic, record, _withHeaders), handler, ref delivered);
        return true;
    }

    private static void Deliver(PartitionCursor cursor, in ReceivedRecord record, RecordHandler handler, ref int delivered)
    {
        cursor.IsFetching = true;
        cursor.Log?.Read(record.Offset);
        cursor.Position = record.Offset + 1;
        cursor.IsAtEnd = false;
        cursor.Traffic.CountConsumed(1);
        handler(record);
        delivered++;
    }

    // The end may lie behind the last record: markers of transactions have offsets too.
    private static bool ReachedEnd(PartitionCursor cursor, long end)
    {
        cursor.IsFetching = true;
        cursor.Position = Math.Max(cursor.Position, end);
        cursor.IsAtEnd = true;
        cursor.Log?.ReachEnd(end);
        return true;
    }

    private PartitionCursor? Find(ConsumeResult<RecordBytes, RecordBytes> result)
    {
        var topic = _onlyTopic ?? result.Topic;
        if (_lastUsed is { } last && last.Place.Partition == result.Partition && last.Place.Topic == topic) return last;
        _cursors.TryGetValue(new TopicPartition(topic, result.Partition), out _lastUsed);
        return _lastUsed;
    }

    private PartitionCursor? Find(scoped in NativeRecord record)
    {
        var topic = _onlyTopic is null ? record.Topic : default;
        if (_lastUsed is { } last && last.Is(record.Partition, topic)) return last;
        foreach (var cursor in _cursors.Values)
            if (cursor.Is(record.Partition, topic)) return _lastUsed = cursor;
        return null;
    }

    private T Ask<T>(Func<T> question, string topic)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                var answer = question();
                _contacted = true;
                return answer;
            }
            catch (KafkaException exception)
            {
                if (_cursors.Count == 0) _ = Consume(0); // reports of errors are served by this alone, and no record can come yet
                ThrowIfFailed();
                if (KafkaFailureException.From(exception.Error, "topic " + topic) is { } failure) throw failure;
                if (exception.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic && _time.GetElapsedTime(began) > NewTopicPatience
                    || exception.Error.Code == ErrorCode.Local_UnknownPartition && _time.GetElapsedTime(began) > _questionTimeout)
                    throw new KafkaFailureException(
                        KafkaFailureKind.UnknownTopic,
                        $"the topic {topic} does not exist, or lacks partitions. Create it: streamsched topics create", exception);
                if (_time.GetElapsedTime(began) > _questionTimeout)
                    throw new KafkaFailureException(KafkaFailureKind.Unreachable, $"no broker answers for {topic}: {exception.Error.Reason}", exception);
                Task.Delay(TimeSpan.FromMilliseconds(50), _time).Wait();
                KnownLeaders.RenewAfter(exception.Error, _consumer.Handle, topic, Slice);
            }
        }
    }

    // The client asks for the coordinator of the group whose name it demands, though a reader is member of none and commits nothing: it needs no right on it.
    private static bool IsOfGroup(Error error) => error.Code == ErrorCode.GroupAuthorizationFailed;

    private void OnClientError(Error error)
    {
        if (IsOfGroup(error)) return;
        var failure = KafkaFailureException.From(error, "reading");
        if (failure is { Kind: KafkaFailureKind.Authentication } && _contacted) failure = null; // as brokers restart, see GroupConsumer
        if (failure is not null) _failure ??= failure;
        else KafkaLog.ClientError(_logger, "reader", error.Reason, error.Code);
    }

    private void ThrowIfFailed()
    {
        _callbacks.ThrowIfFailed();
        if (_failure is not null) throw _failure;
    }

    private sealed class PartitionCursor(TopicPartition place)
    {
        private readonly int _partition = place.Partition.Value;
        private readonly byte[] _topic = System.Text.Encoding.UTF8.GetBytes(place.Topic);

        public TopicPartition Place { get; } = place;

        public TopicTraffic Traffic { get; } = MessagingInstruments.Of(place.Topic);

        public long Position { get; set; }

        public long KnownEnd { get; init; }

        public bool IsFetching { get; set; }

        public bool IsAtEnd { get; set; }

        public WatchedLog? Log { get; init; }

        // An empty topic stands for the only one there is.
        public bool Is(int partition, ReadOnlySpan<byte> topic) => _partition == partition && (topic.IsEmpty || topic.SequenceEqual(_topic));
    }
}
