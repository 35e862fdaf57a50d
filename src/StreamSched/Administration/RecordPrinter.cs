using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Topics;

namespace StreamSched.Administration;

/// <summary>Shows records of any topic, as lines for people or as JSON for programs.</summary>
/// <param name="catalogue">Schemas by which values are read.</param>
/// <param name="names">Names of the topics.</param>
/// <param name="json">For programs.</param>
/// <param name="filter">What is shown at all.</param>
internal sealed class RecordPrinter(SchemaCatalogue catalogue, TopicNames names, bool json, RecordFilter filter)
{
    private const int ReadableBytes = 16;
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly AvroJson _avro = json ? new AvroJson(catalogue) : new AvroJson(catalogue, ReadableBytes);
    private readonly ArrayBufferWriter<byte> _value = new();
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>A record as one line.</summary>
    /// <returns>The line; null if the filter does not let it through.</returns>
    public string? Line(in ReceivedRecord record)
    {
        string topic = names.Strip(record.Topic) ?? record.Topic, key = RecordText.Printable(record.Key);
        string? fault = record.IsTombstone ? null : Decode(record.Value);
        using JsonDocument? document = record.IsTombstone || fault is not null ? null : JsonDocument.Parse(_value.WrittenMemory);
        if (!filter.IsEmpty && !filter.Matches(document?.RootElement, KeyField(topic), key)) return null;
        return json ? Json(record, topic, key, fault) : Hosting.Printable.Line(Readable(record, topic, key, fault, document));
    }

    private string? Decode(ReadOnlySpan<byte> value)
    {
        _value.ResetWrittenCount();
        using Utf8JsonWriter writer = new(_value, Relaxed);
        return _avro.TryWrite(value, writer, out AvroFault fault) ? null : fault.ToString();
    }

    private static string Readable(in ReceivedRecord record, string topic, string key, string? fault, JsonDocument? document)
    {
        string place = $"{Quantity.Instant(record.TimestampMillis)[11..]} {record.Partition}/{record.Offset}";
        string what = record.IsTombstone ? $"{key} withdrawn"
            : document is not null ? RecordText.Line(topic, document.RootElement)
            : topic == TopicCatalogue.DeadLetters ? RecordText.Hex(record.Value)
            : $"key {key}: {(Framing.TryRead(record.Value, out ulong fingerprint, out _) ? $"schema {Fingerprint(fingerprint)}, " : "")}{fault}: "
                + $"{RecordText.Hex(record.Value)}";
        if (topic.StartsWith("work.", StringComparison.Ordinal)) what = $"{key} {what}";
        if (topic != TopicCatalogue.DeadLetters || record.Headers is null) return $"{place} {what}";
        Confluent.Kafka.Headers headers = record.Headers;
        string? From(string header) => headers.TryGetLastBytes(header, out byte[]? bytes) && bytes is not null ? RecordText.Printable(bytes) : null;
        return $"{place} {From(DeadLetterStore.ReasonHeader)} — from {From(DeadLetterStore.TopicHeader)}/{From(DeadLetterStore.PartitionHeader)} offset "
            + $"{From(DeadLetterStore.OffsetHeader)}, key {key}: {what}";
    }

    private string Json(in ReceivedRecord record, string topic, string key, string? fault)
    {
        _line.ResetWrittenCount();
        using (Utf8JsonWriter writer = new(_line, Relaxed))
        {
            writer.WriteStartObject();
            writer.WriteString("topic", topic);
            writer.WriteNumber("partition", record.Partition);
            writer.WriteNumber("offset", record.Offset);
            writer.WriteString("timestamp", DateTimeOffset.FromUnixTimeMilliseconds(record.TimestampMillis));
            writer.WriteString("key", key);
            if (record.Headers is { Count: > 0 } headers)
            {
                writer.WriteStartObject("headers");
                foreach (Confluent.Kafka.IHeader header in headers) writer.WriteString(header.Key, RecordText.Printable(header.GetValueBytes()));
                writer.WriteEndObject();
            }

            if (record.IsTombstone)
            {
                writer.WriteNull("value");
            }
            else if (fault is null)
            {
                writer.WritePropertyName("value");
                writer.WriteRawValue(_value.WrittenSpan);
            }
            else
            {
                if (Framing.TryRead(record.Value, out ulong fingerprint, out _)) writer.WriteString("fingerprint", Fingerprint(fingerprint));
                writer.WriteString("fault", fault);
                writer.WriteString("hex", Convert.ToHexStringLower(record.Value));
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(_line.WrittenSpan);
    }

    // As the bytes stand in the message.
    private static string Fingerprint(ulong fingerprint)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, fingerprint);
        return Convert.ToHexStringLower(bytes);
    }

    private static string? KeyField(string topic) => topic == TopicCatalogue.DeadLetters ? "key" : TopicCatalogue.Contract(topic).Key switch
    {
        "device id" => "device",
        "request id" => "id",
        "worker id" => "worker",
        "scheduler id" => "scheduler",
        _ => null,
    };
}
