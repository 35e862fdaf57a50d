using System.Text;
using Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Random values of any schema, encoded by the specification and by nobody's codec.</summary>
/// <param name="random">Where everything comes from.</param>
/// <param name="blocks">Splits arrays and maps into several blocks, some with their size in bytes.</param>
/// <param name="narrow">Keeps longs within ±2⁵² and instants within 1970 to 2100, for languages that cannot hold others: JavaScript's doubles hold ±2⁵³, less
/// the bit for the sign.</param>
internal sealed class RandomBody(Random random, bool blocks = false, bool narrow = false)
{
    private const long InstantLimit = 4_102_444_800_000_000;

    public static KnownSchema Schema(WireSchema schema) =>
        SchemaCatalogue.Own.TryGet(schema.Fingerprint, out var known) ? known : throw new InvalidOperationException(schema.Name);

    public byte[] Next(WireSchema schema) => Next(Schema(schema).Marked);

    public byte[] Next(Schema schema)
    {
        var buffer = new GrowingBuffer();
        Write(schema, buffer);
        return buffer.Written.ToArray();
    }

    private void Write(Schema schema, GrowingBuffer to)
    {
        switch (schema)
        {
            case RecordSchema record: record.Fields.ForEach(field => Write(field.Schema, to)); break;
            case UnionSchema union:
                int branch = random.Next(union.Count);
                to.AppendLong(branch);
                Write(union[branch], to);
                break;
            case EnumSchema symbols: to.AppendLong(random.Next(symbols.Count)); break;
            case FixedSchema @fixed: to.Append(Bytes(@fixed.Size)); break;
            case ArraySchema array: WriteItems(random.Next(5), _ => Write(array.ItemSchema, to), to); break;
            case MapSchema map:
                WriteItems(random.Next(5), i =>
                {
                    AppendBytes(to, Encoding.UTF8.GetBytes($"k{i}{Text()}"));
                    Write(map.ValueSchema, to);
                }, to);
                break;
            default: WritePrimitive(schema, to); break;
        }
    }

    private void WritePrimitive(Schema schema, GrowingBuffer to)
    {
        string? logical = schema.GetProperty(SchemaText.LogicalTypeProperty)?.Trim('"');
        switch (schema.Tag)
        {
            case global::Avro.Schema.Type.Boolean: to.Append([(byte)random.Next(2)]); break;
            case global::Avro.Schema.Type.Int: to.AppendLong((int)Number(int.MaxValue)); break;
            case global::Avro.Schema.Type.Long when narrow && logical is not null: to.AppendLong(random.NextInt64(InstantLimit)); break;
            case global::Avro.Schema.Type.Long: to.AppendLong(Number(narrow ? 1L << 52 : long.MaxValue)); break;
            case global::Avro.Schema.Type.Float: to.Append(BitConverter.GetBytes(Float())); break;
            case global::Avro.Schema.Type.Double: to.Append(BitConverter.GetBytes((double)Float() * random.NextDouble())); break;
            case global::Avro.Schema.Type.Bytes: AppendBytes(to, Bytes(random.Next(8) == 0 ? 3_000 : random.Next(20))); break;
            case global::Avro.Schema.Type.String when logical == "uuid": AppendBytes(to, Encoding.ASCII.GetBytes(new Guid(Bytes(16)).ToString())); break;
            case global::Avro.Schema.Type.String: AppendBytes(to, Encoding.UTF8.GetBytes(Text())); break;
        }
    }

    private void WriteItems(int count, Action<int> write, GrowingBuffer to)
    {
        int done = 0;
        while (done < count)
        {
            int items = blocks ? random.Next(1, count - done + 1) : count - done;
            int start = to.Length;
            for (int i = 0; i < items; i++) write(done++);
            int size = to.Length - start;
            bool sized = blocks && random.Next(2) == 0;
            if (sized) to.InsertLong(start, size);
            to.InsertLong(start, sized ? -items : items);
        }
        to.AppendLong(0);
    }

    // All magnitudes alike, so that every length of varint occurs.
    private long Number(long max) => (random.NextInt64(max) >> random.Next(63)) * (random.Next(2) == 0 ? 1 : -1);

    private float Float() => random.Next(8) switch
    {
        0 => 0,
        1 => float.PositiveInfinity,
        2 => float.MaxValue,
        3 => -float.Epsilon,
        _ => (random.NextSingle() - 0.5f) * 1e6f,
    };

    private string Text() => random.Next(4) switch
    {
        0 => "",
        1 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next('a', 'z' + 1))),
        2 => "Größe 5 µs, 推論 🚀"[..(random.Next(2) == 0 ? 5 : 15)],
        _ => new string('x', random.Next(60, 200)),
    };

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void AppendBytes(GrowingBuffer to, byte[] bytes)
    {
        to.AppendLong(bytes.Length);
        to.Append(bytes);
    }
}
