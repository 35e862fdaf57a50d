using System.Diagnostics;
using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Native;

namespace StreamSched.Kafka.Consuming;

/// <summary>A record while its handler runs. Key and value lie in buffers that the next record overwrites.</summary>
internal readonly ref struct ReceivedRecord
{
    private readonly Headers? _headers;
    private readonly nint _message;

    /// <summary>Describes a record.</summary>
    public ReceivedRecord(
        string topic, int partition, long offset, long timestampMillis, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, Headers? headers,
        bool isStampedByBroker = false)
    {
        Topic = topic;
        Partition = partition;
        Offset = offset;
        TimestampMillis = timestampMillis;
        Key = key;
        Value = value;
        IsTombstone = isTombstone;
        _headers = headers;
        IsStampedByBroker = isStampedByBroker;
    }

    // A record in the client's own memory; its headers are made when somebody asks.
    internal ReceivedRecord(string topic, scoped in NativeRecord record, bool withHeaders)
    {
        Topic = topic;
        Partition = record.Partition;
        Offset = record.Offset;
        (TimestampMillis, IsStampedByBroker) = (record.TimestampMillis, record.IsStampedByBroker);
        Key = record.Key;
        Value = record.Value;
        IsTombstone = record.IsTombstone;
        _message = withHeaders ? record.Pointer : 0;
    }

    /// <summary>Full name of the topic.</summary>
    public string Topic { get; }

    /// <summary>Partition.</summary>
    public int Partition { get; }

    /// <summary>Offset in the partition.</summary>
    public long Offset { get; }

    /// <summary>Milliseconds since 1970 at which the producer made it, or the broker stored it, as the topic is set.</summary>
    public long TimestampMillis { get; }

    /// <summary>Whether <see cref="TimestampMillis"/> is the broker's (<c>message.timestamp.type</c> LogAppendTime).</summary>
    public bool IsStampedByBroker { get; }

    /// <summary>The key; empty if there is none.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>The value; empty if there is none.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether there is no value, which takes the key back in a compacted topic.</summary>
    public bool IsTombstone { get; }

    /// <summary>The headers; null if there are none or the consumer leaves them out.</summary>
    public Headers? Headers => _message == 0 ? _headers : NativeRecord.HeadersOf(_message);

    /// <summary>Says of a span that it works on this record, by the semantic conventions for messaging.</summary>
    /// <param name="activity">The span.</param>
    /// <param name="operation">process or receive.</param>
    public void Describe(Activity activity, string operation) =>
        Tracing.Describe(activity, operation, Topic, Partition, Offset).SetTag(Attributes.BodySize, Value.Length);
}
