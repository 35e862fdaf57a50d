using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Native;
using StreamSched.Kafka.Settings;

namespace StreamSched.Kafka.Consuming;

/// <summary>
/// A member of a consumer group that shares one topic and commits only what is finished. Everything happens on the thread that calls <see cref="Poll"/>:
/// records, assignments, hand-overs; only <see cref="Acknowledge"/> may be called from others.
/// <list type="bullet">
/// <item>Commits are the contiguous finished prefix of each partition, with the position in the companion topic that belongs to it.</item>
/// <item>A partition whose window is full pauses by itself. An application that is short of something else simply polls less often.</item>
/// <item>A partition that is given back is drained first; the others of this member wait meanwhile, other members' do not.</item>
/// <item>What the client repairs by itself is logged; what it cannot repair ends <see cref="Poll"/> with a <see cref="KafkaFailureException"/>.</item>
/// </list>
/// </summary>
internal sealed partial class GroupConsumer : IDisposable
{
    private static readonly TimeSpan QuestionTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CommitTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CounterpartPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromSeconds(2);

    private readonly GroupConsumerSettings _settings;
    private readonly IGroupMember _member;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IConsumer<RecordBytes, RecordBytes> _consumer;
    private readonly nint _native;
    private readonly OffsetCommitter _committer;
    private readonly TopicTraffic _traffic;
    private readonly Conditions _conditions;
    private readonly LogWatch _watch;
    private readonly CallbackBoundary _callbacks = new();
    private readonly SortedDictionary<int, HeldPartition> _held = [];
    private readonly SortedSet<int> _withoutCounterpart = [];   // assigned, but not read until the companion topic has them too
    private readonly AutoResetEvent _progress = new(false);
    private readonly Lock _leaving = new();
    private HeldPartition?[] _byNumber = new HeldPartition?[16];   // the same as _held, for the path of every record and finish
    private IReadOnlyList<int>? _fixed;   // until the first poll has taken them
    private volatile bool _draining;
    private bool _abandoned;
    private bool _contacted;
    private bool _closed;
    private int _full;
    private int _toPause;   // of _withoutCounterpart, so many are new
    private long _counterpartsAsked;
    private long _topicMissingSince;
    private TimeSpan _backOff = TimeSpan.Zero;
    private KafkaFailureException? _failure;

    /// <summary>Joins the group. Nothing is delivered before <see cref="Poll"/> is called.</summary>
    /// <param name="kafka">The installation's settings.</param>
    /// <param name="settings">How it reads and commits.</param>
    /// <param name="member">What happens to the partitions.</param>
    /// <param name="loggers">For what an operator should know.</param>
    /// <param name="time">Clock.</param>
    /// <param name="conditions">
    /// Where stuck partitions (<c>partition-stuck</c>) and records that left the log unread (<c>log-gap</c>) are told of; null: in the log alone.
    /// </param>
    public GroupConsumer(
        KafkaSettings kafka, GroupConsumerSettings settings, IGroupMember member, ILoggerFactory loggers, TimeProvider time, Conditions? conditions = null)
    {
        (_settings, _member, _logger, _time) = (settings, member, loggers.CreateLogger<GroupConsumer>(), time);
        var config = kafka.GroupConsumer(settings.Group);
        config.ConsumeResultFields = "timestamp,headers"; // the topic is known, and a string per record is saved
        if (settings.FixedPartitions is not null) config.GroupInstanceId = null;
        _consumer = new ConsumerBuilder<RecordBytes, RecordBytes>(config)
            .SetKeyDeserializer(new RecordBytes.Deserializer())
            .SetValueDeserializer(new RecordBytes.Deserializer())
            .SetLogHandler((_, message) => _callbacks.Run(() => KafkaLog.Forward(_logger, message)))
            .SetErrorHandler((_, error) => _callbacks.Run(() => OnClientError(error)))
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => _callbacks.Run(() => OnRevoked(partitions, lost: false)))
            .SetPartitionsLostHandler((_, partitions) => _callbacks.Run(() => OnRevoked(partitions, lost: true)))
            .Build();
        _traffic = MessagingInstruments.Of(settings.Topic);
        _conditions = conditions ?? new Conditions(loggers, time);
        _watch = new LogWatch(Ends, settings.StuckAfter / 2, _conditions, loggers, time);
        _native = NativeClient.HandleOf(_consumer);
        _committer = new OffsetCommitter(_consumer, settings.Group, settings.CommitInterval, loggers, time);
        if (settings.FixedPartitions is null) _consumer.Subscribe(settings.Topic);
        else _fixed = settings.FixedPartitions;
    }

    /// <summary>Records delivered and not finished, in all partitions.</summary>
    public int Unfinished
    {
        get
        {
            var sum = 0;
            foreach (var held in _byNumber) sum += held?.Offsets.Unfinished ?? 0;
            return sum;
        }
    }

    /// <summary>How far each held partition is behind, by what the client heard with its last fetches; on the polling thread.</summary>
    public IReadOnlyList<PartitionLag> Lag()
    {
        var lags = new List<PartitionLag>();
        foreach (var held in _held.Values)
        {
            var ends = _consumer.GetWatermarkOffsets(held.Partition);
            if (ends.High.IsSpecial) continue; // nothing fetched yet
            var end = ends.High.Value;
            lags.Add(new PartitionLag(
                held.Partition.Topic, held.Partition.Partition.Value, held.KnownCommitted, end,
                Math.Max(0, end - Math.Max(held.KnownCommitted, Math.Max(0, ends.Low.Value)))));
        }

        return lags;
    }

    /// <summary>How far a held partition has been read, on the polling thread.</summary>
    /// <returns>
    /// The offset of its oldest unfinished record, from where a successor reads again; the first that was not read; the log's end, as far as known.
    /// </returns>
    public (long Oldest, long Next, long End) Window(int partition)
    {
        if (Find(partition) is not { } held) return default;
        var ends = _consumer.GetWatermarkOffsets(held.Partition);
        return (held.Offsets.Committable(out _), held.Log.Next, Math.Max(held.Log.Next, ends.High.IsSpecial ? 0 : ends.High.Value));
    }

    /// <summary>Delivers what there is.</summary>
    /// <param name="timeout">How long to wait for the first record.</param>
    /// <param name="most">Most records to deliver.</param>
    /// <returns>How many records were delivered.</returns>
    /// <exception cref="KafkaFailureException">Kafka cannot be used any more; the consumer is of no further use.</exception>
    public int Poll(TimeSpan timeout, int most = 256)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ThrowIfFailed();
        if (_fixed is not null) TakeFixedPartitions(_fixed);
        if (_full > 0) ResumeWhatHasRoom();
        if (_withoutCounterpart.Count > 0) TakeWhatHasACounterpart();
        var delivered = 0;
        if (_backOff > TimeSpan.Zero) _progress.WaitOne(_backOff < timeout ? _backOff : timeout);

        // The first record comes by the package's own call, and those that are there already past it. Call-backs are served by the former.
        var firstResult = Consume((int)timeout.TotalMilliseconds);
        ThrowIfFailed(); // before a record of partitions that could not be taken
        if (_toPause > 0) PauseWithoutCounterpart();
        if (firstResult is { } first)
        {
            _backOff = TimeSpan.Zero;
            Deliver(first);
            delivered = 1;
            while (delivered < most && (_native != 0 ? DeliverNext() : Consume(0) is { } result && Deliver(result))) delivered++;
        }

        if (delivered > 0) _traffic.CountConsumed(delivered);
        ThrowIfFailed();
        _committer.CommitIfDue(_held.Values);
        if (_watch.IsDue) LookAtLogs();
        return delivered;
    }

    /// <summary>Polls until <paramref name="stop"/>, then closes as <see cref="Close()"/> does.</summary>
    public void Run(CancellationToken stop)
    {
        var wait = TimeSpan.FromMilliseconds(100);
        while (!stop.IsCancellationRequested) Poll(wait);
        Close();
    }

    /// <summary>A record's outcome is stored. From any thread, in any order; more than once does no harm.</summary>
    /// <returns>false if the record is not in flight here (any more).</returns>
    public bool Acknowledge(int partition, long offset)
    {
        var all = _byNumber;
        var finished = (uint)partition < (uint)all.Length && all[partition] is { } held && held.Offsets.Acknowledge(offset);
        if (finished && _draining) _progress.Set();
        return finished;
    }

    /// <summary>Everything before this position of the companion topic's partition has been read.</summary>
    public void AdvanceCompanion(int partition, long position)
    {
        if (position >= 0 && Find(partition) is { } held) held.CompanionPosition = position; // it goes back where the topic was made anew
    }

    /// <summary>
    /// Waits for records in flight, commits and leaves the group, so that others take over at once. Takes the drain time-out and twice two seconds at most:
    /// when no broker answers for so long, the group finds out by its session time-out.
    /// </summary>
    public void Close() => Close(_settings.DrainTimeout);

    /// <summary>As <see cref="Close()"/>, by an application that has waited for most of its records already.</summary>
    /// <param name="drain">How long to wait for records in flight.</param>
    public void Close(TimeSpan drain)
    {
        if (_closed) return;
        Drain(_held.Values.ToArray(), drain);
        _committer.CommitNow(_held.Values, CommitTimeout);
        _closed = true;
        if (_watch.End(WatchTimeout)) Leave();
        else KafkaLog.NotLeft(_logger, _settings.Group, "no broker answers");
        Forget(_held.Values.ToArray(), lost: false);
        _progress.Dispose();
    }

    /// <summary>Ends without waiting for records in flight: nothing more is committed, and the group goes on without this member.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        // Else it stays: a call still runs in the client's memory.
        if (!_committer.Wait(CommitTimeout) || !_watch.End(WatchTimeout) || !TimeLimit.Run("end-consumer", TimeLimit.OfEnding, End, out _))
            KafkaLog.NotEnded(_logger, "consumer of " + _settings.Group);
        _progress.Dispose();
    }

    // A client that is being given partitions, or asked for them, waits until the call-back has run, and spins for ever if it is ended before. So it leaves the
    // group first, and what is under way is served.
    private void End()
    {
        try
        {
            _consumer.Unsubscribe();
            for (var began = _time.GetTimestamp(); _time.GetElapsedTime(began) < TimeLimit.OfEnding / 4;) _ = _consumer.Consume(20);
        }
        catch (KafkaException)
        {
            // It is of no further use: ending it is all that is left.
        }

        _consumer.Dispose();
    }

    // On a thread of its own, since librdkafka waits for a coordinator that is away as long as the group's session lasts. It calls back OnRevoked for what a
    // group gave while this thread waits. A client that is abandoned stays in memory: it cannot be freed while it is in that call.
    private void Leave()
    {
        var before = _callbacks.Failure;
        if (!TimeLimit.Run("leave-group", TimeLimit.OfEnding, _consumer.Close, out var problem))
            lock (_leaving) _abandoned = true;
        if (_callbacks.Failure is { } failure && failure != before) problem ??= failure;
        if (_abandoned || problem is not null) KafkaLog.NotLeft(_logger, _settings.Group, problem?.Message ?? "no broker answered");
    }

    private ConsumeResult<RecordBytes, RecordBytes>? Consume(int milliseconds)
    {
        try
        {
            return _consumer.Consume(milliseconds);
        }
        catch (KafkaException exception)
        {
            OnConsumeError(exception.Error);
            return null;
        }
    }

    private void OnConsumeError(Error error)
    {
        if (KafkaFailureException.From(error, $"topic {_settings.Topic} with group {_settings.Group}") is { } failure) throw failure;
        if (error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition)
            Interlocked.CompareExchange(ref _topicMissingSince, _time.GetTimestamp(), 0);
        _backOff = _backOff == TimeSpan.Zero ? TimeSpan.FromMilliseconds(50) : _backOff * 2 < LongestBackOff ? _backOff * 2 : LongestBackOff;
        KafkaLog.ConsumeFailed(_logger, _settings.Group, _settings.Topic, (long)_backOff.TotalMilliseconds, error.Reason);
    }

    // Whether there was one.
    private bool DeliverNext()
    {
        using var record = NativeRecord.Next(_native);
        if (!record.IsThere) return false;
        if (record.Code != ErrorCode.NoError)
        {
            OnConsumeError(record.Error);
            return false;
        }

        Deliver(new ReceivedRecord(_settings.Topic, record, withHeaders: true));
        return true;
    }

    private bool Deliver(ConsumeResult<RecordBytes, RecordBytes> result)
    {
        var message = result.Message;
        Deliver(new ReceivedRecord(
            _settings.Topic, result.Partition.Value, result.Offset.Value, message.Timestamp.UnixTimestampMs, message.Key.Span, message.Value.Span,
            message.Value.IsNull, message.Headers));
        return true;
    }

    private void Deliver(in ReceivedRecord record)
    {
        if (Find(record.Partition) is not { } held) return;
        if (!held.Offsets.Deliver(record.Offset, held.MarkOf(record.Offset)))
            KafkaLog.LogCutBack(_logger, _settings.Group, _settings.Topic, record.Partition, record.Offset);
        held.Log.Read(record.Offset);
        if (held.Offsets.IsFull)
        {
            held.ResumeAt = record.Offset + 1;
            held.FullSince = _time.GetTimestamp();
            _full++;
            _consumer.Pause([held.Partition]);
        }

        _member.OnRecord(record);
    }

    private void ResumeWhatHasRoom()
    {
        foreach (var held in _byNumber)
        {
            // Half: a pause throws away what librdkafka has fetched ahead, so it shall not happen for every record.
            if (held is not { IsFull: true } || held.Offsets.Unfinished > _settings.MaxInFlight / 2) continue;
            Resume(held);
            held.ResumeAt = -1;
            _full--;
        }
    }

    // Resuming alone does not wake the client's thread of that broker, which sleeps up to a second where no other partition is being fetched (librdkafka
    // 2.15); seeking does.
    private void Resume(HeldPartition held)
    {
        _consumer.Resume([held.Partition]);
        try
        {
            _consumer.Seek(new TopicPartitionOffset(held.Partition, held.ResumeAt));
        }
        catch (KafkaException exception)
        {
            KafkaLog.ClientError(_logger, _settings.Group, exception.Error.Reason, exception.Error.Code); // it goes on all the same, a second later
        }
    }

    private void LookAtLogs()
    {
        _watch.Look(_held.Values.Select(held => held.Log));
        foreach (var held in _held.Values)
        {
            var isStuck = held.IsFull && held.Log.End > held.ResumeAt && _time.GetElapsedTime(held.FullSince) >= _settings.StuckAfter;
            if (!isStuck)
            {
                _conditions.Clear("partition-stuck", held.Name);
                continue;
            }

            _conditions.Raise(
                "partition-stuck", held.Name,
                $"{held.Name} has not been read for {_settings.StuckAfter.TotalSeconds:0.#} s though records wait in it: " +
                $"{_settings.MaxInFlight} of its records are unfinished, the oldest at offset {held.Offsets.Committable(out _)}",
                blocksReady: true);
        }
    }

    private void OnClientError(Error error)
    {
        var failure = KafkaFailureException.From(error, "group " + _settings.Group);
        // A running client meets refused logins and broken TLS when a broker restarts; only the first contact settles whether they are wrong.
        if (failure is { Kind: KafkaFailureKind.Authentication } && _contacted) failure = null;
        if (failure is not null) _failure ??= failure;
        else KafkaLog.ClientError(_logger, _settings.Group, error.Reason, error.Code);
    }

    private void ThrowIfFailed()
    {
        _callbacks.ThrowIfFailed();
        if (Volatile.Read(ref _topicMissingSince) is not 0 and var since && _time.GetElapsedTime(since) > _settings.TopicGrace) LookForTheTopic();
        if (_failure is not null) throw _failure;
    }

    // Beside the polling thread. The client itself goes on for ever without a word where a topic is deleted that it reads.
    private WatermarkOffsets Ends(TopicPartition place)
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(place, WatchTimeout);
        }
        catch (KafkaException)
        {
            var exists = AssignmentQuestions.Exists(_consumer, _settings.Topic, WatchTimeout);
            if (exists == false) Interlocked.CompareExchange(ref _topicMissingSince, _time.GetTimestamp(), 0);
            throw;
        }
    }

    // The client says once that it is gone, and nothing when it is back.
    private void LookForTheTopic()
    {
        var exists = AssignmentQuestions.Exists(_consumer, _settings.Topic, WatchTimeout);
        if (exists == false)
            throw new KafkaFailureException(KafkaFailureKind.UnknownTopic, $"the topic {_settings.Topic} does not exist. {_settings.TopicCure}");
        Volatile.Write(ref _topicMissingSince, exists == true ? 0 : _time.GetTimestamp()); // asked again after the same time
    }

    private HeldPartition? Find(int partition) => (uint)partition < (uint)_byNumber.Length ? _byNumber[partition] : null;

    private static string Numbers(HeldPartition[] partitions) => string.Join(' ', partitions.Select(held => held.Partition.Partition.Value));
}
