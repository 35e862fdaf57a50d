using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Avro;
using Avro.Generic;
using Avro.IO;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro.Resolution;

/// <summary>Turns bodies in a foreign writer's schema into bodies in ours, by way of Apache.Avro's generic values.</summary>
internal sealed class SchemaResolution
{
    private readonly Schema _writer;
    private readonly GenericDatumReader<GenericRecord> _read;
    private readonly GenericDatumWriter<GenericRecord> _write;

    private SchemaResolution(Schema writer, Schema reader)
    {
        _writer = writer;
        _read = new GenericDatumReader<GenericRecord>(writer, reader);
        _write = new GenericDatumWriter<GenericRecord>(reader);
    }

    /// <summary>Resolves two schemas.</summary>
    /// <param name="writer">The foreign schema.</param>
    /// <param name="reader">Our schema.</param>
    /// <returns>Nothing where the one cannot be read as the other.</returns>
    public static SchemaResolution? Create(KnownSchema writer, KnownSchema reader)
    {
        // Apache.Avro prepares the skipping of a field that the reader lacks by an unguarded recursion over its type.
        if (writer.Recursive) return null;
        try
        {
            JsonNode adapted = WriterSchemaText.Adapt(writer.Aliased, reader.Aliased);
            return new SchemaResolution(Schema.Parse(adapted.ToJsonString()), reader.Schema);
        }
        catch (AvroException)
        {
            return null;
        }
    }

    /// <summary>Turns one body into ours.</summary>
    /// <param name="body">The record in the writer's schema.</param>
    /// <param name="resolved">The record in our schema.</param>
    /// <param name="fault">What is wrong with it.</param>
    public bool TryResolve(ReadOnlySpan<byte> body, [NotNullWhen(true)] out byte[]? resolved, out AvroFault fault)
    {
        resolved = null;
        var sound = new GrowingBuffer();
        if (!BodyWalk.TryCheck(_writer, body, sound, out fault)) return false;
        try
        {
            var record = _read.Read(null!, new BinaryDecoder(sound.AsStream()));
            var encoded = new MemoryStream();
            _write.Write(record, new BinaryEncoder(encoded));
            resolved = encoded.ToArray();
            return true;
        }
        catch (AvroException)
        {
            // The bytes are sound, so it is their meaning: a null where we need a value, a symbol that we lack.
            fault = new AvroFault(AvroFaultKind.Unresolvable, 0);
            return false;
        }
    }
}
