using System.Text;
using Microsoft.Extensions.Logging;
using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Administration;

/// <summary>Follows a worker until it withdraws (its tombstone) or another incarnation takes its place.</summary>
internal sealed class WithdrawalWatch : IDisposable
{
    private readonly KafkaSettings _kafka;
    private readonly string _worker;
    private readonly long _incarnation;
    private readonly TopicReader _reader;
    private readonly MessageDecoder _decoder = new(SchemaCatalogue.Own);
    private bool _ended;

    /// <summary>Begins to follow; what was written before does not count.</summary>
    public WithdrawalWatch(KafkaSettings kafka, string worker, long incarnation, ILoggerFactory loggers, TimeProvider time)
    {
        (_kafka, _worker, _incarnation) = (kafka, worker, incarnation);
        _reader = new TopicReader(kafka, loggers, time);
        foreach (string topic in (string[])[TopicCatalogue.Workers, TopicCatalogue.Telemetry]) _reader.FollowRecent(kafka, kafka.Topics.Of(topic), null, 0);
    }

    /// <summary>What it told last.</summary>
    public string State { get; private set; } = "told to drain";

    /// <summary>Reads on for a moment.</summary>
    /// <returns>Whether it has withdrawn.</returns>
    public bool Poll()
    {
        _reader.Poll(TimeSpan.FromMilliseconds(50), OnRecord);
        return _ended;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private void OnRecord(in ReceivedRecord record)
    {
        if (Encoding.UTF8.GetString(record.Key) != _worker) return;
        if (record.Topic == _kafka.Topics.Of(TopicCatalogue.Workers))
            _ended |= record.IsTombstone
                || (_decoder.TryDecode(record.Value, out WorkerRegistration? registration, out _) && registration.Incarnation > _incarnation);
        else if (_decoder.TryDecode(record.Value, out WorkerTelemetry? telemetry, out _) && telemetry.Incarnation == _incarnation)
            State = $"{telemetry.State.ToString().ToLowerInvariant()}, "
                + $"{telemetry.Processors.Sum(p => p.Waiting.Values.Sum() + p.Running.Values.Sum())} requests left";
    }
}
