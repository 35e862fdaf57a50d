using System.Text;

namespace StreamSched.Core.PolicyFiles;

/// <summary>Walks over the fields of a protobuf message in foreign bytes: nothing is allocated for a length that is only claimed.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private int _wire;

    /// <summary>The field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    public bool IsBlock => _wire == 2;

    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        ulong key = Varint();
        (Field, _wire) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7));
        return true;
    }

    public long Integer()
    {
        if (_wire != 0) throw Wrong();
        return (long)Varint();
    }

    public ReadOnlySpan<byte> Block()
    {
        if (_wire != 2) throw Wrong();
        ulong length = Varint();
        if (length > (ulong)_rest.Length) throw new PolicyFileException("the file is cut off, or no ONNX file: a field is longer than what is left");
        return Take((int)length);
    }

    public string Text()
    {
        ReadOnlySpan<byte> block = Block();
        if (block.Length > 1 << 20) throw new PolicyFileException("the file has a text of more than a megabyte");
        return Encoding.UTF8.GetString(block);
    }

    public float Single()
    {
        if (_wire != 5) throw Wrong();
        return System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public void Skip()
    {
        switch (_wire)
        {
            case 0: Varint(); break;
            case 1: Take(8); break;
            case 2: Block(); break;
            case 5: Take(4); break;
            default: throw Wrong();
        }
    }

    public ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }

        throw new PolicyFileException("the file is no ONNX file: a number has more than 64 bits");
    }

    public readonly bool IsEmpty => _rest.IsEmpty;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw new PolicyFileException("the file is cut off, or no ONNX file");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private readonly PolicyFileException Wrong() => new($"the file is no ONNX file: field {Field} has another type than ONNX says");
}
