using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamSched.Avro.Binary;

/// <summary>Writes Avro's binary encoding into a span without allocating.</summary>
/// <remarks>A span that is too short makes it fail once and for all: callers ask <see cref="Overflowed"/> at the end.</remarks>
public ref struct AvroWriter
{
    private readonly Span<byte> _data;
    private int _position;

    /// <summary>Begins at the first byte.</summary>
    /// <param name="destination">Where to write.</param>
    public AvroWriter(Span<byte> destination) => _data = destination;

    /// <summary>Whether the destination was too short.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What was written; empty when the destination was too short.</summary>
    public readonly ReadOnlySpan<byte> Written => Overflowed ? default : _data[.._position];

    /// <summary>How many bytes an int or a long takes, 1 to 10.</summary>
    /// <param name="value">The number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthOf(long value) => (70 - BitOperations.LeadingZeroCount((ulong)((value << 1) ^ (value >> 63)) | 1)) / 7;

    /// <summary>How many bytes a string or bytes take.</summary>
    /// <param name="bytes">Its content.</param>
    public static int LengthOf(ReadOnlySpan<byte> bytes) => LengthOf(bytes.Length) + bytes.Length;

    /// <summary>How many bytes a string takes.</summary>
    /// <param name="text">Its content.</param>
    public static int LengthOf(string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        return LengthOf(bytes) + bytes;
    }

    /// <summary>Writes a boolean.</summary>
    /// <param name="value">The value.</param>
    public void WriteBoolean(bool value)
    {
        var span = Take(1);
        if (!span.IsEmpty) span[0] = value ? (byte)1 : (byte)0;
    }

    /// <summary>Writes an int.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt(int value) => WriteLong(value);

    /// <summary>Writes a long.</summary>
    /// <param name="value">The value.</param>
    public void WriteLong(long value)
    {
        ulong bits = (ulong)((value << 1) ^ (value >> 63));
        int at = _position;
        while (bits >= 0x80)
        {
            if ((uint)at >= (uint)_data.Length) { Overflow(); return; }
            _data[at++] = (byte)(bits | 0x80);
            bits >>= 7;
        }
        if ((uint)at >= (uint)_data.Length) { Overflow(); return; }
        _data[at++] = (byte)bits;
        _position = at;
    }

    /// <summary>Writes a float.</summary>
    /// <param name="value">The value.</param>
    public void WriteFloat(float value)
    {
        var span = Take(sizeof(float));
        if (!span.IsEmpty) BinaryPrimitives.WriteSingleLittleEndian(span, value);
    }

    /// <summary>Writes a double.</summary>
    /// <param name="value">The value.</param>
    public void WriteDouble(double value)
    {
        var span = Take(sizeof(double));
        if (!span.IsEmpty) BinaryPrimitives.WriteDoubleLittleEndian(span, value);
    }

    /// <summary>Writes bytes, or a string given as UTF-8, which is not validated.</summary>
    /// <param name="value">The value.</param>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes a string.</summary>
    /// <param name="value">The value.</param>
    public void WriteText(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        WriteLong(bytes);
        var span = Take(bytes);
        if (!span.IsEmpty) Encoding.UTF8.GetBytes(value, span);
    }

    /// <summary>Writes a UUID as a string, in lower case.</summary>
    /// <param name="value">The value.</param>
    public void WriteUuid(Guid value)
    {
        var span = Take(UuidText.EncodedLength);
        if (span.IsEmpty) return;
        span[0] = UuidText.Length << 1;
        UuidText.TryFormat(value, span[1..]);
    }

    /// <summary>Writes a fixed.</summary>
    /// <param name="value">The value.</param>
    /// <param name="size">The schema's size.</param>
    /// <exception cref="ArgumentException">The value has another size.</exception>
    public void WriteFixed(scoped ReadOnlySpan<byte> value, int size)
    {
        if (value.Length != size) throw new ArgumentException($"A fixed of {size} bytes cannot hold {value.Length}.", nameof(value));
        WriteRaw(value);
    }

    /// <summary>Writes an enum's index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="symbols">How many symbols the schema has.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such symbol.</exception>
    public void WriteEnum(int index, int symbols)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)symbols, nameof(index));
        WriteLong(index);
    }

    /// <summary>Writes what is encoded already.</summary>
    /// <param name="encoded">Avro's encoding of one or more values.</param>
    public void WriteRaw(scoped ReadOnlySpan<byte> encoded)
    {
        var span = Take(encoded.Length);
        if (span.Length == encoded.Length) encoded.CopyTo(span);
    }

    /// <summary>Writes what is encoded already, or the empty array or map for nothing.</summary>
    /// <param name="encoded">Avro's encoding of an array or a map.</param>
    public void WriteItems(scoped ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty) WriteEnd();
        else WriteRaw(encoded);
    }

    /// <summary>Begins a block of an array or a map; as many items must follow, then <see cref="WriteEnd"/>. Nothing is written for none.</summary>
    /// <param name="count">How many items.</param>
    public void WriteBlock(int count)
    {
        if (count > 0) WriteLong(count);
    }

    /// <summary>Ends an array or a map.</summary>
    public void WriteEnd() => WriteLong(0);

    /// <summary>Writes an array of ints.</summary>
    /// <param name="items">Its items.</param>
    public void WriteInts(scoped ReadOnlySpan<int> items)
    {
        WriteBlock(items.Length);
        foreach (int item in items) WriteLong(item);
        WriteEnd();
    }

    /// <summary>Writes an array of floats.</summary>
    /// <param name="items">Its items.</param>
    public void WriteFloats(scoped ReadOnlySpan<float> items)
    {
        WriteBlock(items.Length);
        foreach (float item in items) WriteFloat(item);
        WriteEnd();
    }

    private Span<byte> Take(int length)
    {
        int at = _position;
        if ((uint)length > (uint)(_data.Length - at)) { Overflow(); return default; }
        _position = at + length;
        return _data.Slice(at, length);
    }

    private void Overflow()
    {
        Overflowed = true;
        _position = _data.Length;
    }
}
