using System.Runtime.InteropServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.Schedulers;

/// <summary>
/// What a scheduler writes with: librdkafka has one linger per producer, so there is a producer per wait of the <see cref="BatchingRule"/>. Work of a
/// topic may overtake earlier work when the topic changes its producer; work items do not depend on each other. For one thread.
/// </summary>
internal sealed class SchedulerProducers : IDisposable
{
    // Workers' ids come and go, and a client of librdkafka keeps every topic that it has known: when this many have had no record for so long, the clients
    // are made anew.
    internal const int MostIdleTopics = 256;
    internal static readonly TimeSpan IdleAfter = TimeSpan.FromMinutes(10);

    private readonly KafkaSettings _kafka;
    private readonly BatchingRule _rule;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly Action<long, ErrorCode> _workNotStored;
    private readonly BulkProducer _decisions;
    private readonly BulkTopic _decisionTopic;
    private readonly Dictionary<string, WorkTopic> _work = new(StringComparer.Ordinal);
    private readonly List<BulkProducer> _ending = [];
    private BulkProducer _prompt;
    private BulkProducer? _lingering; // made when the first topic gets many records
    private long _ratesAt;

    public SchedulerProducers(
        KafkaSettings kafka, BatchingRule rule, ILoggerFactory loggers, TimeProvider time, DeliveryHandler handler, Action<long, ErrorCode> workNotStored)
    {
        (_kafka, _rule, _loggers, _time, _workNotStored) = (kafka, rule, loggers, time, workNotStored);
        Other = new RecordProducer(kafka, loggers, time, handler, linger: rule.Slow);
        _prompt = new BulkProducer(kafka, loggers, time, rule.Slow, workNotStored);
        _decisions = new BulkProducer(kafka, loggers, time, rule.Decisions);
        _decisionTopic = _decisions.Topic(kafka.Topics.Decisions);
        _ratesAt = time.GetTimestamp();
    }

    /// <summary>For everything but work and decisions.</summary>
    public RecordProducer Other { get; }

    /// <summary>Workers' topics that are kept.</summary>
    public int WorkTopics => _work.Count;

    /// <summary>Former producers that still have records under way.</summary>
    public int Ending => _ending.Count;

    /// <summary>What made one of them useless.</summary>
    public KafkaFailureException? Failure => Other.Failure ?? _prompt.Failure ?? _lingering?.Failure ?? _decisions.Failure;

    /// <summary>Sends work to a worker.</summary>
    /// <param name="worker">Its id.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The framed work item.</param>
    /// <param name="trace">A traceparent header; empty: none.</param>
    /// <param name="token">What is told of it if it is not stored.</param>
    public void Work(string worker, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ReadOnlySpan<byte> trace, long token)
    {
        ref WorkTopic? topic = ref CollectionsMarshal.GetValueRefOrAddDefault(_work, worker, out _);
        topic ??= new WorkTopic(_prompt.Topic(_kafka.Topics.Work(worker)));
        topic.Count++;
        Error? refused = topic.Lingering is { } lingering
            ? _lingering!.Produce(lingering, 0, key, value, trace, token)
            : _prompt.Produce(topic.Prompt, 0, key, value, trace, token);
        if (refused is not null) _workNotStored(token, refused.Code);
    }

    /// <summary>Writes a decision record.</summary>
    public void Decision(int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _decisions.Produce(_decisionTopic, partition, key, value);

    /// <summary>Looks at the topics' rates when it is time to. To be called often.</summary>
    public void UpdateRates()
    {
        TimeSpan elapsed = _time.GetElapsedTime(_ratesAt);
        if (elapsed < _rule.Period) return;
        _ratesAt = _time.GetTimestamp();
        int idle = 0;
        foreach (WorkTopic topic in _work.Values)
        {
            if (topic.Count > 0) topic.UsedAt = _ratesAt;
            else if (_time.GetElapsedTime(topic.UsedAt, _ratesAt) >= IdleAfter) idle++;
            bool was = topic.Lingering is not null, isFast = _rule.IsFast(topic.Count / elapsed.TotalSeconds, was);
            topic.Count = 0;
            if (was == isFast) continue;
            _lingering ??= new BulkProducer(_kafka, _loggers, _time, _rule.Fast, _workNotStored);
            topic.Lingering = isFast ? _lingering.Topic(topic.Prompt.Name) : null;
        }

        if (idle >= MostIdleTopics) Renew();
        if (_ending.Count > 0) End();
    }

    private void Renew()
    {
        BulkProducer prompt = new(_kafka, _loggers, _time, _rule.Slow, _workNotStored);
        _ending.Add(_prompt);
        if (_lingering is not null) _ending.Add(_lingering);
        (_prompt, _lingering) = (prompt, null);
        _work.Clear(); // those in use come back with their next record
    }

    // Ending a client takes a while, and this thread has requests to place.
    private void End()
    {
        foreach (BulkProducer producer in _ending.Where(p => p.IsIdle).ToArray())
        {
            _ending.Remove(producer);
            Task.Run(producer.Dispose);
        }
    }

    /// <summary>Waits until everything is stored or has failed, once, at the end.</summary>
    public void Drain(TimeSpan limit)
    {
        long began = _time.GetTimestamp();
        TimeSpan Left() => _time.GetElapsedTime(began) is var elapsed && elapsed < limit ? limit - elapsed : TimeSpan.FromMilliseconds(1);
        _prompt.Drain(Left());
        _lingering?.Drain(Left());
        foreach (BulkProducer producer in _ending) producer.Drain(Left());
        Other.Drain(Left());
        _decisions.Drain(Left());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Other.Dispose();
        _prompt.Dispose();
        _lingering?.Dispose();
        foreach (BulkProducer producer in _ending) producer.Dispose();
        _decisions.Dispose();
    }

    private sealed class WorkTopic(BulkTopic prompt)
    {
        public BulkTopic Prompt { get; } = prompt;

        public BulkTopic? Lingering { get; set; }

        public int Count { get; set; }

        /// <summary>When it had a record last, as <see cref="UpdateRates"/> saw it; 0: not seen yet.</summary>
        public long UsedAt { get; set; }
    }
}
