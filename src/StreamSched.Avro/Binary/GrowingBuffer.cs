namespace StreamSched.Avro.Binary;

/// <summary>Bytes that grow at the end and can be given a length in front of what is there already.</summary>
internal sealed class GrowingBuffer
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public MemoryStream AsStream() => new(_bytes, 0, Length, writable: false);

    public void Clear() => Length = 0;

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(Length, bytes.Length));

    public void AppendLong(long value) => InsertLong(Length, value);

    public void InsertLong(int at, long value)
    {
        Span<byte> scratch = stackalloc byte[10];
        var writer = new AvroWriter(scratch);
        writer.WriteLong(value);
        writer.Written.CopyTo(Grow(at, writer.Written.Length));
    }

    private Span<byte> Grow(int at, int length)
    {
        int needed = checked(Length + length);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(Array.MaxLength, _bytes.Length * 2L)));
        _bytes.AsSpan(at, Length - at).CopyTo(_bytes.AsSpan(at + length));
        Length = needed;
        return _bytes.AsSpan(at, length);
    }
}
