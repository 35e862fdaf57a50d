using System.Globalization;
using System.Text.Json;
using Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Resolution;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro;

/// <summary>
/// Shows any message whose schema is known as JSON: unions without their branch's name, UUIDs and enums as text, instants as ISO 8601 in UTC, bytes in
/// base64, fixed in hexadecimal, floats that are no numbers as text.
/// </summary>
/// <param name="catalogue">The known schemas.</param>
/// <param name="maxBytesShown">Longer bytes are shown by their length and their beginning, for people; unlimited for programs.</param>
public sealed class AvroJson(SchemaCatalogue catalogue, int maxBytesShown = int.MaxValue)
{
    private const long MaxInstantMicros = 253_402_300_799_999_999;
    private const long MinInstantMicros = -62_135_596_800_000_000;

    /// <summary>Writes a message as one JSON value; nothing is written after a fault.</summary>
    /// <param name="message">The message, in single-object encoding.</param>
    /// <param name="json">Where to write.</param>
    /// <param name="fault">What is wrong with the message.</param>
    public bool TryWrite(ReadOnlySpan<byte> message, Utf8JsonWriter json, out AvroFault fault)
    {
        if (!Framing.TryRead(message, out ulong fingerprint, out var body))
        {
            fault = new AvroFault(AvroFaultKind.NotFramed, 0);
            return false;
        }
        if (!catalogue.TryGet(fingerprint, out var schema))
        {
            fault = new AvroFault(AvroFaultKind.UnknownFingerprint, 2);
            return false;
        }
        if (!BodyWalk.TryCheck(schema.Schema, body, null, out fault)) return false;
        var reader = new AvroReader(body);
        Write(schema.Marked, ref reader, json);
        return true;
    }

    private void Write(Schema schema, scoped ref AvroReader reader, Utf8JsonWriter json)
    {
        AvroBlock block = default;
        switch (schema)
        {
            case RecordSchema record:
                json.WriteStartObject();
                foreach (var field in record.Fields)
                {
                    json.WritePropertyName(field.Name);
                    Write(field.Schema, ref reader, json);
                }
                json.WriteEndObject();
                break;
            case UnionSchema union:
                Write(union[reader.ReadUnion(union.Count)], ref reader, json);
                break;
            case ArraySchema array:
                json.WriteStartArray();
                while (reader.NextItem(ref block, 0)) Write(array.ItemSchema, ref reader, json);
                json.WriteEndArray();
                break;
            case MapSchema map:
                json.WriteStartObject();
                while (reader.NextItem(ref block))
                {
                    json.WritePropertyName(reader.ReadString());
                    Write(map.ValueSchema, ref reader, json);
                }
                json.WriteEndObject();
                break;
            case EnumSchema symbols:
                json.WriteStringValue(symbols[reader.ReadEnum(symbols.Count)]);
                break;
            case FixedSchema @fixed:
                json.WriteStringValue(Convert.ToHexStringLower(reader.ReadFixed(@fixed.Size)));
                break;
            default:
                WritePrimitive(schema, ref reader, json);
                break;
        }
    }

    private void WritePrimitive(Schema schema, scoped ref AvroReader reader, Utf8JsonWriter json)
    {
        switch (schema.Tag)
        {
            case Schema.Type.Boolean: json.WriteBooleanValue(reader.ReadBoolean()); break;
            case Schema.Type.Int: json.WriteNumberValue(reader.ReadInt()); break;
            case Schema.Type.Long: WriteLong(schema, reader.ReadLong(), json); break;
            case Schema.Type.Float:
                float single = reader.ReadFloat();
                if (float.IsFinite(single)) json.WriteNumberValue(single);
                else json.WriteStringValue(single.ToString(CultureInfo.InvariantCulture));
                break;
            case Schema.Type.Double:
                double number = reader.ReadDouble();
                if (double.IsFinite(number)) json.WriteNumberValue(number);
                else json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case Schema.Type.Bytes: WriteBytes(reader.ReadBytes(), json); break;
            case Schema.Type.String: json.WriteStringValue(reader.ReadString()); break;
            default: json.WriteNullValue(); break;
        }
    }

    private static void WriteLong(Schema schema, long value, Utf8JsonWriter json)
    {
        string? logical = schema.GetProperty(SchemaText.LogicalTypeProperty)?.Trim('"');
        if (logical != "timestamp-micros" || value is < MinInstantMicros or > MaxInstantMicros)
        {
            json.WriteNumberValue(value);
            return;
        }
        var instant = DateTime.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);
        json.WriteStringValue(instant.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes, Utf8JsonWriter json)
    {
        if (bytes.Length <= maxBytesShown) json.WriteBase64StringValue(bytes);
        else json.WriteStringValue($"{bytes.Length} bytes: {Convert.ToBase64String(bytes[..maxBytesShown])}…");
    }
}
