using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;
using StreamSched.Learning.Online;
using StreamSched.Schedulers;

namespace StreamSched.Learners;

/// <summary>
/// Joins <c>decisions</c>, <c>results</c> and <c>feedback</c> into <c>experience</c>, from one start to the next loss of a transaction: begins where the last
/// stored transaction ended, and knows what was joined before from <c>experience</c> itself. For one thread.
/// </summary>
internal sealed class LearnerSession : IDisposable
{
    private const int Tail = 64; // records that tell whether the embedded cluster has any of late
    private const long KeptBuffers = 64 * 1024 * 1024;
    private const int MostPerPoll = 4096;
    private static readonly TimeSpan PollWait = TimeSpan.FromMilliseconds(20), Turn = TimeSpan.FromMilliseconds(100), Count = TimeSpan.FromSeconds(10);

    private readonly KafkaSettings _kafka;
    private readonly LearnerRoleSettings _settings;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly LearnerInstruments _instruments;
    private readonly TransactionalProducer _producer;
    private readonly TopicReader _reader;
    private readonly JoinedPartition[] _partitions;
    private readonly string _decisions, _results, _feedback, _experience, _policies, _workers, _load;
    private readonly PolicyLearning _learning;
    private readonly JoinRate _rate = new();
    private readonly List<TopicPartitionOffset> _offsets = [];
    private readonly Dictionary<TopicPartition, long> _stored = [];
    private readonly List<long> _uncommitted = []; // times of the records whose joins wait for the commit, µs
    private JoinedPartition _current;
    private long _currentAt;

    /// <summary>Becomes the one that joins.</summary>
    /// <param name="kafka">The installation.</param>
    /// <param name="settings">How it works.</param>
    /// <param name="decoder">Reads records of former schemas too.</param>
    /// <param name="instruments">Measures.</param>
    /// <param name="loggers">For what an operator should know.</param>
    /// <param name="time">Clock.</param>
    /// <param name="stop">Ends it.</param>
    public LearnerSession(
        KafkaSettings kafka, LearnerRoleSettings settings, MessageDecoder decoder, LearnerInstruments instruments, ILoggerFactory loggers, TimeProvider time,
        CancellationToken stop)
    {
        (_kafka, _settings, _instruments, _logger, _time) = (kafka, settings, instruments, loggers.CreateLogger<LearnerSession>(), time);
        (_decisions, _results) = (kafka.Topics.Decisions, kafka.Topics.Results);
        (_feedback, _experience) = (kafka.Topics.Of(TopicCatalogue.Feedback), kafka.Topics.Of(TopicCatalogue.Experience));
        (_policies, _workers) = (kafka.Topics.Of(TopicCatalogue.Policies), kafka.Topics.Of(TopicCatalogue.Workers));
        _load = kafka.Topics.Of(TopicCatalogue.Load);
        _reader = new TopicReader(kafka, loggers, time);
        _producer = new TransactionalProducer(kafka, kafka.Group(LearnerRole.Name), kafka.Group(LearnerRole.Name), loggers, time);
        _learning = new PolicyLearning(
            settings, decoder, (key, value) => _producer.Produce(_policies, 0, Encoding.UTF8.GetBytes(key), value), _logger);
        MessageBuffers buffers = new(KeptBuffers);
        ExperienceWriter writer = new(settings.Value, buffers, new KeptRecords(settings.KeptBytes), Write, _learning);
        ulong seed = BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
        try
        {
            _partitions = [.. _reader.Partitions(kafka, _decisions).Select(p => new JoinedPartition(p, settings.Join, writer, buffers, decoder, seed))];
            _current = _partitions[0];
            _producer.Start();
            Begin(loggers, stop);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Is called after each turn, where something learns.</summary>
    public Action<LiveLearner>? AfterTurn { get; init; }

    /// <summary>What is learned.</summary>
    public PolicyLearning Learning => _learning;

    /// <summary>The partitions that are joined.</summary>
    public IReadOnlyList<JoinedPartition> Partitions => _partitions;

    /// <summary>Joins until told to stop, or until there are more partitions than it knows.</summary>
    /// <param name="stop">Ends it; what was joined by then is stored.</param>
    /// <exception cref="TransactionLostException">A new session has to begin where the last transaction ended.</exception>
    /// <exception cref="KafkaFailureException">Kafka cannot be used (any more), or another learner has taken over.</exception>
    public void Run(CancellationToken stop)
    {
        long committed = _time.GetTimestamp(), turned = committed, counted = committed;
        for (bool complete = true; complete && !stop.IsCancellationRequested;)
        {
            _reader.Poll(PollWait, OnRecord, MostPerPoll);
            if (_time.GetElapsedTime(turned) >= Turn)
            {
                turned = _time.GetTimestamp();
                foreach (JoinedPartition partition in _partitions) Advance(partition);
                _learning.Advance(LogTime());
                if (_learning.Learner is { } learner) AfterTurn?.Invoke(learner);
            }

            if (_time.GetElapsedTime(counted) >= Count)
            {
                counted = _time.GetTimestamp();
                complete = (_reader.PartitionCount(_decisions) ?? 0) <= _partitions.Length;
                _learning.Pause(_rate.Problem(_partitions.Sum(p => p.Join.Counters.Joined), _partitions.Sum(p => p.Join.Counters.Defaulted)));
            }

            if (_time.GetElapsedTime(committed) < _settings.CommitPeriod) continue;
            Commit();
            committed = _time.GetTimestamp();
        }

        Commit();
    }

    /// <summary>Ends at once; what was not stored is joined again by the next.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        _producer.Dispose();
    }

    private static long Micros(long millis) => millis * 1000;

    private long Now() => _time.GetUtcNow().ToUnixTimeMicroseconds();

    private void Begin(ILoggerFactory loggers, CancellationToken stop)
    {
        TopicPartition[] places =
            [.. _partitions.SelectMany(p => ((string[])[_decisions, _results, _feedback]).Select(topic => new TopicPartition(topic, p.Number)))];
        foreach (TopicPartitionOffset place in _producer.Committed(places))
            if (!place.Offset.IsSpecial) _stored[place.TopicPartition] = place.Offset.Value;
        Recover(loggers, stop);
        FollowCluster(loggers, stop);
        foreach (TopicPartition place in places) _reader.Follow(place.Topic, place.Partition.Value, _stored.GetValueOrDefault(place, -1));
        LearnerLog.Joining(_logger, _settings.Id, _partitions.Length, _partitions.Sum(p => p.Join.KeptCount));
    }

    // Who serves, what was published, and where workers are: all of it from the beginning.
    private void FollowCluster(ILoggerFactory loggers, CancellationToken stop)
    {
        using TopicReader reader = new(_kafka, loggers, _time);
        reader.FollowAll(_kafka, _policies);
        reader.FollowAll(_kafka, _workers);
        reader.CatchUp(OnCluster, _settings.StartTimeout, stop);
        _learning.CaughtUp(Now());
        foreach (string topic in (string[])[_policies, _workers])
            foreach (int p in reader.Partitions(_kafka, topic)) _reader.Follow(topic, p, reader.Position(topic, p));
        foreach (int p in reader.Partitions(_kafka, _load)) _reader.FollowNew(_load, p);
    }

    private void OnCluster(in ReceivedRecord record)
    {
        string? problem = record.Topic == _load ? _learning.Load(record.Value, Now())
            : record.Topic == _workers ? _learning.Worker(Encoding.UTF8.GetString(record.Key), record.Value)
            : _learning.Policy(Encoding.UTF8.GetString(record.Key), record.Value, Now());
        if (problem is not null) LearnerLog.Ignored(_logger, record.Topic, record.Partition, record.Offset, problem);
    }

    // What a predecessor has joined, as far back as decisions are read again or feedback may correct it.
    private void Recover(ILoggerFactory loggers, CancellationToken stop)
    {
        using TopicReader reader = new(_kafka, loggers, _time);
        long began = _time.GetTimestamp();
        Dictionary<int, long> first = [], latest = [], since = [];
        foreach (JoinedPartition p in _partitions)
            reader.Follow(_decisions, p.Number, _stored.GetValueOrDefault(new TopicPartition(_decisions, p.Number), -1));
        while (_partitions.Any(p => !first.ContainsKey(p.Number) && !reader.IsAtEnd(_decisions, p.Number)))
        {
            reader.Poll(PollWait, (in ReceivedRecord record) => first.TryAdd(record.Partition, record.TimestampMillis));
            Check(began, _decisions, stop);
        }

        long window = _time.GetUtcNow().ToUnixTimeMilliseconds() - (_settings.Join.RevisionWindow / 1000);
        foreach (JoinedPartition p in _partitions)
        {
            reader.Leave(_decisions, p.Number);
            long from = since[p.Number] = Math.Min(window, first.GetValueOrDefault(p.Number, long.MaxValue));
            long offset = reader.OffsetAt(_experience, p.Number, DateTimeOffset.FromUnixTimeMilliseconds(from)), high = reader.Ends(_experience, p.Number).High;

            // Nothing is as late as that; or this is the embedded cluster, which answers by the end whatever there is: its last records tell.
            reader.Follow(_experience, p.Number, offset < high ? offset : Math.Max(0, high - Tail));
            if (offset < high) since.Remove(p.Number);
        }

        ReadToEnd((in ReceivedRecord record) =>
        {
            if (since.ContainsKey(record.Partition)) latest[record.Partition] = record.TimestampMillis;
            else OnFormer(record);
        });
        foreach ((int p, long from) in since)
        {
            reader.Leave(_experience, p);
            if (latest.TryGetValue(p, out long last) && last >= from) reader.Follow(_experience, p);
        }

        ReadToEnd(OnFormer);

        void ReadToEnd(RecordHandler handler)
        {
            while (!AllAtEnd(reader, _experience))
            {
                reader.Poll(PollWait, handler, MostPerPoll);
                Check(began, _experience, stop);
            }
        }
    }

    private bool AllAtEnd(TopicReader reader, string topic) =>
        _partitions.All(p => reader.Position(topic, p.Number) < 0 || reader.IsAtEnd(topic, p.Number));

    private void Check(long began, string topic, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_time.GetElapsedTime(began) > _settings.StartTimeout)
            throw new KafkaFailureException(
                KafkaFailureKind.Unreachable, $"{topic} could not be read to the end within {_settings.StartTimeout.TotalSeconds:0.#} s");
    }

    private void OnFormer(in ReceivedRecord record) => Find(record.Partition)?.Former(record.Value, Micros(record.TimestampMillis));

    private JoinedPartition? Find(int number) =>
        (uint)number < (uint)_partitions.Length && _partitions[number].Number == number ? _partitions[number]
            : Array.Find(_partitions, p => p.Number == number);

    private void OnRecord(in ReceivedRecord record)
    {
        if (record.Topic != _decisions && record.Topic != _results && record.Topic != _feedback)
        {
            OnCluster(record);
            return;
        }

        if (record.IsTombstone || Find(record.Partition) is not { } partition) return;
        long at = Math.Min(Micros(record.TimestampMillis), Now());
        (_current, _currentAt) = (partition, at);
        if (record.Topic == _decisions) _learning.Read(record.Partition, record.Offset);
        string? problem = record.Topic == _decisions ? partition.Decision(record.Value, record.Offset, at)
            : record.Topic == _results ? partition.Result(record.Value, record.Offset, at)
            : partition.Feedback(record.Value, record.Offset, at);
        if (problem is null) return;
        _instruments.Unreadable++;
        LearnerLog.Ignored(_logger, record.Topic, record.Partition, record.Offset, problem);
    }

    // By the logs' own time; by the wall clock where a request is due and a log has nothing more to tell, since a log without records has no time.
    private void Advance(JoinedPartition partition)
    {
        long now = Now();
        (_current, _currentAt) = (partition, now);
        partition.Join.Advance(Math.Min(partition.DecisionsAt, partition.ResultsAt));
        if (partition.Join.NextDue is not { } due || due > now) return;
        partition.Join.Advance(Math.Min(TimeOf(_decisions, partition.DecisionsAt), TimeOf(_results, partition.ResultsAt)));

        long TimeOf(string topic, long at) => at < due && _reader.IsAtEnd(topic, partition.Number)
            && _reader.Position(topic, partition.Number) >= _reader.Ends(topic, partition.Number).High ? now : at;
    }

    // What the slowest log has come to; the wall clock where all of them are read to their ends.
    private long LogTime()
    {
        long now = Now(), slowest = now;
        foreach (JoinedPartition partition in _partitions)
        {
            if (!_reader.IsAtEnd(_decisions, partition.Number) && partition.DecisionsAt > 0) slowest = Math.Min(slowest, partition.DecisionsAt);
            if (!_reader.IsAtEnd(_results, partition.Number) && partition.ResultsAt > 0) slowest = Math.Min(slowest, partition.ResultsAt);
        }

        return slowest;
    }

    private void Write(Guid id, ReadOnlySpan<byte> record)
    {
        byte[] key = new byte[36];
        id.TryFormat(key, out _);
        _producer.Produce(_experience, _current.Number, key, record.ToArray());
        if (_instruments.TimesJoins) _uncommitted.Add(_currentAt);
    }

    private void Commit()
    {
        _offsets.Clear();
        foreach (JoinedPartition partition in _partitions)
        {
            Add(_decisions, partition, partition.Join.NeededDecision);
            Add(_results, partition, partition.Join.NeededResult);
            Add(_feedback, partition, partition.Join.NeededFeedback);
        }

        if (_offsets.Count == 0 && !_producer.HasOpen) return;
        _producer.Commit(_offsets);
        foreach (TopicPartitionOffset offset in _offsets) _stored[offset.TopicPartition] = offset.Offset.Value;
        long now = Now();
        foreach (long at in _uncommitted) _instruments.Joined(now - at);
        _uncommitted.Clear();
    }

    private void Add(string topic, JoinedPartition partition, long? needed)
    {
        TopicPartition place = new(topic, partition.Number);
        long next = needed ?? _reader.Position(topic, partition.Number);
        if (next >= 0 && (!_stored.TryGetValue(place, out long stored) || stored != next)) _offsets.Add(new TopicPartitionOffset(place, next));
    }
}
