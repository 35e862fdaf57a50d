using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace StreamSched.Avro.Binary;

/// <summary>Reads Avro's binary encoding from a span without allocating.</summary>
/// <remarks>
/// The first fault sticks: from then on every value reads as its default and <see cref="NextItem"/> returns
/// <see langword="false"/>, so callers need to ask once, at the end. Avro 1.12 specification, "Binary encoding".
/// </remarks>
public ref struct AvroReader
{
    private readonly ReadOnlySpan<byte> _data;
    private int _position;
    private int _faultOffset;
    private AvroFaultKind _fault;

    /// <summary>Begins at the first byte.</summary>
    /// <param name="data">One or more encoded values.</param>
    public AvroReader(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>Offset of the next byte to be read.</summary>
    public readonly int Position => _position;

    /// <summary>Whether something was wrong so far.</summary>
    public readonly bool Failed => _fault != AvroFaultKind.None;

    /// <summary>What was wrong first; <see cref="AvroFaultKind.None"/> if nothing.</summary>
    public readonly AvroFault Fault => new(_fault, _faultOffset);

    internal readonly int Remaining => _data.Length - _position;

    /// <summary>Whether everything was read, nothing is left and nothing was wrong.</summary>
    /// <param name="fault">What was wrong.</param>
    public bool TryFinish(out AvroFault fault)
    {
        if (_fault == AvroFaultKind.None && _position != _data.Length) Fail(AvroFaultKind.TrailingBytes, _position);
        fault = Fault;
        return _fault == AvroFaultKind.None;
    }

    /// <summary>Everything from <paramref name="start"/> up to the next byte to be read; empty after a fault.</summary>
    /// <param name="start">An earlier <see cref="Position"/>.</param>
    public readonly ReadOnlySpan<byte> Since(int start) => Failed ? default : _data[start.._position];

    /// <summary>Reads a boolean.</summary>
    public bool ReadBoolean()
    {
        int at = _position;
        if ((uint)at >= (uint)_data.Length) { Fail(AvroFaultKind.Truncated, at); return false; }
        byte value = _data[at];
        _position = at + 1;
        if (value > 1) Fail(AvroFaultKind.BadBoolean, at);
        return value == 1;
    }

    /// <summary>Reads an int.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadInt()
    {
        int at = _position;
        if ((uint)at < (uint)_data.Length && _data[at] < 0x80)
        {
            int value = _data[at];
            _position = at + 1;
            return (value >> 1) ^ -(value & 1);
        }
        return ReadLongerInt();
    }

    /// <summary>Reads a long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadLong()
    {
        int at = _position;
        if ((uint)at < (uint)_data.Length && _data[at] < 0x80)
        {
            long value = _data[at];
            _position = at + 1;
            return (value >> 1) ^ -(value & 1);
        }
        return ReadLongerLong();
    }

    /// <summary>Reads a float.</summary>
    public float ReadFloat()
    {
        var bytes = Take(sizeof(float));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    /// <summary>Reads a double.</summary>
    public double ReadDouble()
    {
        var bytes = Take(sizeof(double));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
    }

    /// <summary>Reads bytes. Nothing is copied.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        int at = _position;
        long length = ReadLong();
        if ((ulong)length > (ulong)Remaining) { Fail(AvroFaultKind.BadLength, at); return default; }
        return Take((int)length);
    }

    /// <summary>Reads a string as its UTF-8, which is validated. Nothing is copied.</summary>
    public ReadOnlySpan<byte> ReadString()
    {
        int at = _position;
        var text = ReadBytes();
        if (Utf8.IsValid(text)) return text;
        Fail(AvroFaultKind.BadUtf8, at);
        return default;
    }

    /// <summary>Reads a string.</summary>
    public string ReadText() => Encoding.UTF8.GetString(ReadString());

    /// <summary>Reads a string that is a UUID's text, 8-4-4-4-12 hexadecimal digits of either case.</summary>
    public Guid ReadUuid()
    {
        int at = _position;
        var text = ReadBytes();
        if (UuidText.TryParse(text, out var value)) return value;
        Fail(AvroFaultKind.BadUuid, at);
        return default;
    }

    /// <summary>Reads a fixed. Nothing is copied.</summary>
    /// <param name="size">The schema's size.</param>
    public ReadOnlySpan<byte> ReadFixed(int size) => Take(size);

    /// <summary>Reads an enum's index.</summary>
    /// <param name="symbols">How many symbols the schema has.</param>
    public int ReadEnum(int symbols)
    {
        int at = _position;
        int index = ReadInt();
        if ((uint)index < (uint)symbols) return index;
        Fail(AvroFaultKind.BadEnumIndex, at);
        return 0;
    }

    /// <summary>Reads a union's index.</summary>
    /// <param name="branches">How many branches the schema has.</param>
    public int ReadUnion(int branches)
    {
        int at = _position;
        int index = ReadInt();
        if ((uint)index < (uint)branches) return index;
        Fail(AvroFaultKind.BadUnionIndex, at);
        return 0;
    }

    /// <summary>Moves to the next item of an array or a map: <c>while (reader.NextItem(ref block)) { … }</c> reads one, whatever its blocks.</summary>
    /// <param name="block">Where the reader stands; <see langword="default"/> at first.</param>
    /// <param name="minItemBytes">The least that an item takes, at least 1; bounds the number of items that a block may claim.</param>
    /// <returns>Whether an item is to be read.</returns>
    public bool NextItem(ref AvroBlock block, int minItemBytes = 1)
    {
        if (block.Remaining > 0)
        {
            block.Remaining--;
            return !Failed;
        }
        return NextBlock(ref block, minItemBytes);
    }

    /// <summary>Reads an array of ints.</summary>
    /// <param name="destination">Receives as many as fit.</param>
    /// <returns>How many there are.</returns>
    public int ReadInts(scoped Span<int> destination)
    {
        int count = 0;
        AvroBlock block = default;
        for (; NextItem(ref block); count++)
        {
            int item = ReadInt();
            if (count < destination.Length) destination[count] = item;
        }
        return count;
    }

    /// <summary>Reads an array of floats.</summary>
    /// <param name="destination">Receives as many as fit.</param>
    /// <returns>How many there are.</returns>
    public int ReadFloats(scoped Span<float> destination)
    {
        int count = 0;
        AvroBlock block = default;
        while (NextItem(ref block, sizeof(float)))
        {
            int items = (int)block.Remaining + 1;
            ReadOnlySpan<byte> bytes = Take(items * sizeof(float));
            if (bytes.IsEmpty) return count;
            Span<float> to = destination[Math.Min(count, destination.Length)..];
            if (to.Length > items) to = to[..items];
            for (int i = 0; i < to.Length; i++) to[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            block.Remaining = 0;
            count += items;
        }
        return count;
    }

    /// <summary>Goes over an array or map whose items all take the same number of bytes and cannot be malformed.</summary>
    /// <param name="itemBytes">What each item takes.</param>
    /// <returns>How many there are.</returns>
    internal int SkipItems(int itemBytes)
    {
        int count = 0;
        AvroBlock block = default;
        while (NextItem(ref block, itemBytes))
        {
            int items = (int)block.Remaining + 1;
            Take(items * itemBytes);
            block.Remaining = 0;
            count += items;
        }
        return count;
    }

    /// <summary>Goes back to read again what was read before.</summary>
    /// <param name="position">An earlier <see cref="Position"/>; ignored after a fault.</param>
    internal void Rewind(int position)
    {
        if (!Failed) _position = position;
    }

    internal void Fail(AvroFaultKind kind, int offset)
    {
        if (Failed) return;
        _fault = kind;
        _faultOffset = offset;
        _position = _data.Length;
    }

    private bool NextBlock(ref AvroBlock block, int minItemBytes)
    {
        if (Failed) return false;
        if (block.End != 0 && block.End != _position) { Fail(AvroFaultKind.BadBlockSize, _position); return false; }
        block.End = 0;
        int at = _position;
        long count = ReadLong();
        if (count == 0) return false;
        if (count < 0)
        {
            // A negative count announces the block's size in bytes, for readers that skip it.
            int sizeAt = _position;
            long size = ReadLong();
            if ((ulong)size > (ulong)Remaining) { Fail(AvroFaultKind.BadLength, sizeAt); return false; }
            block.End = _position + (int)size;
            count = -count;
        }
        // Of long.MinValue there is no positive counterpart: it stays negative. Items of no bytes (0) are bounded by whoever reads them.
        if (count < 0 || count > (minItemBytes == 0 ? int.MaxValue : Remaining / minItemBytes)) { Fail(AvroFaultKind.BadCount, at); return false; }
        block.Remaining = count - 1;
        return !Failed;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        int at = _position;
        if ((uint)length > (uint)(_data.Length - at)) { Fail(AvroFaultKind.Truncated, at); return default; }
        _position = at + length;
        return _data.Slice(at, length);
    }

    private int ReadLongerInt()
    {
        int at = _position;
        long value = ReadLongerLong();
        if (value == (int)value) return (int)value;
        Fail(AvroFaultKind.IntegerOverflow, at);
        return 0;
    }

    private long ReadLongerLong()
    {
        int at = _position;
        ulong bits = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if ((uint)_position >= (uint)_data.Length) { Fail(AvroFaultKind.Truncated, at); return 0; }
            ulong next = _data[_position++];
            bits |= (next & 0x7F) << shift;
            if (next >= 0x80) continue;
            if (shift == 63 && next > 1) break;
            return (long)(bits >> 1) ^ -(long)(bits & 1);
        }
        Fail(AvroFaultKind.IntegerOverflow, at);
        return 0;
    }
}
