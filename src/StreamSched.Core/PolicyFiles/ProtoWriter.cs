using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamSched.Core.PolicyFiles;

/// <summary>Writes the few forms of protobuf that ONNX uses.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Integer(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
    }

    public void Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

    public void Block(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    public void Message(int field, Action<ProtoWriter> content)
    {
        ProtoWriter inner = new();
        content(inner);
        Block(field, inner.ToArray());
    }

    public void Singles(int field, ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            Block(field, MemoryMarshal.AsBytes(values));
            return;
        }

        byte[] swapped = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(swapped.AsSpan(4 * i), values[i]);
        Block(field, swapped);
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    private void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }
}
