using Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro.Resolution;

/// <summary>
/// Goes over an encoded value of any schema and checks everything that could make Apache.Avro crash, hang or allocate what a length merely claims. On the
/// way it can write the value again with each array and map in one block: Apache.Avro resizes an array at every block, so that a megabyte of blocks of
/// one item would cost it hours.
/// </summary>
internal ref struct BodyWalk
{
    /// <summary>Records, arrays, maps and unions inside each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Items that take no bytes, or that resolution may blow up by defaults, in one message.</summary>
    public const int MaxCostlyItems = 65_536;

    private readonly GrowingBuffer? _output;
    private AvroReader _reader;
    private int _costlyItems;

    private BodyWalk(ReadOnlySpan<byte> data, GrowingBuffer? output)
    {
        _reader = new AvroReader(data);
        _output = output;
    }

    /// <summary>Checks a value that must end with the bytes.</summary>
    /// <param name="schema">The writer's schema.</param>
    /// <param name="body">The encoded value.</param>
    /// <param name="output">Receives it with every array and map in one block.</param>
    /// <param name="fault">What is wrong.</param>
    public static bool TryCheck(Schema schema, ReadOnlySpan<byte> body, GrowingBuffer? output, out AvroFault fault)
    {
        var walk = new BodyWalk(body, output);
        walk.Walk(schema, MaxDepth);
        return walk._reader.TryFinish(out fault);
    }

    /// <summary>Checks the first of several values.</summary>
    /// <param name="schema">The writer's schema.</param>
    /// <param name="data">The encoded values.</param>
    /// <param name="length">How many bytes the first takes.</param>
    /// <param name="fault">What is wrong.</param>
    public static bool TryMeasure(Schema schema, ReadOnlySpan<byte> data, out int length, out AvroFault fault)
    {
        var walk = new BodyWalk(data, null);
        walk.Walk(schema, MaxDepth);
        length = walk._reader.Position;
        fault = walk._reader.Fault;
        return !walk._reader.Failed;
    }

    private void Walk(Schema schema, int depth)
    {
        if (_reader.Failed) return;
        int start = _reader.Position;
        if (depth == 0) { _reader.Fail(AvroFaultKind.TooDeep, start); return; }
        switch (schema)
        {
            case RecordSchema record:
                foreach (var field in record.Fields) Walk(field.Schema, depth - 1);
                return;
            case UnionSchema union:
                int branch = _reader.ReadUnion(union.Count);
                Copy(start);
                if (!_reader.Failed) Walk(union[branch], depth - 1);
                return;
            case ArraySchema array:
                WalkItems(array.ItemSchema, keyed: false, depth);
                return;
            case MapSchema map:
                WalkItems(map.ValueSchema, keyed: true, depth);
                return;
            case EnumSchema symbols:
                _reader.ReadEnum(symbols.Count);
                break;
            case FixedSchema @fixed:
                _reader.ReadFixed(@fixed.Size);
                break;
            default:
                WalkPrimitive(schema.Tag);
                break;
        }
        Copy(start);
    }

    private void WalkPrimitive(Schema.Type type)
    {
        switch (type)
        {
            case Schema.Type.Null: break;
            case Schema.Type.Boolean: _reader.ReadBoolean(); break;
            case Schema.Type.Int: _reader.ReadInt(); break;
            case Schema.Type.Long: _reader.ReadLong(); break;
            case Schema.Type.Float: _reader.ReadFloat(); break;
            case Schema.Type.Double: _reader.ReadDouble(); break;
            case Schema.Type.Bytes: _reader.ReadBytes(); break;
            case Schema.Type.String: _reader.ReadString(); break;
            default: throw new NotSupportedException($"Stripped schemas have no {type}.");
        }
    }

    private void WalkItems(Schema item, bool keyed, int depth)
    {
        bool empty = !keyed && SchemaShape.IsEmpty(item);
        bool costly = empty || item is RecordSchema;
        int countAt = _output?.Length ?? 0;
        int count = 0;
        AvroBlock block = default;
        for (; _reader.NextItem(ref block, empty ? 0 : 1); count++)
        {
            int start = _reader.Position;
            if (costly && ++_costlyItems > MaxCostlyItems) { _reader.Fail(AvroFaultKind.BadCount, start); return; }
            if (keyed)
            {
                _reader.ReadString();
                Copy(start);
            }
            Walk(item, depth - 1);
        }
        if (_output is null || _reader.Failed) return;
        if (count > 0) _output.InsertLong(countAt, count);
        _output.AppendLong(0);
    }

    private readonly void Copy(int start) => _output?.Append(_reader.Since(start));
}
