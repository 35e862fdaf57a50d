using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Resolution;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro.Files;

/// <summary>Reads an Avro object container file, whichever schema it was written with, record by record in ours.</summary>
/// <remarks>Our own, because Apache.Avro's reader allocates what a header or a block claims.</remarks>
internal sealed class ContainerReader
{
    /// <summary>The most that a header or a block may take, compressed or not.</summary>
    public const int MaxBlockBytes = 64 * 1024 * 1024;

    internal const int SyncLength = 16;

    private readonly Stream _stream;
    private Schema _writer = null!;
    private SchemaResolution? _resolution;
    private bool _deflate;
    private byte[] _sync = [];
    private byte[] _block = [];
    private int _position;
    private long _remaining;

    private ContainerReader(Stream stream) => _stream = stream;

    internal static ReadOnlySpan<byte> Magic => "Obj\u0001"u8;

    /// <summary>How many bytes were taken from the stream; the offset of faults outside records.</summary>
    public long StreamPosition { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="stream">The file, at its beginning; left open.</param>
    /// <param name="schema">Our schema of what its records should be.</param>
    /// <param name="reader">The open file.</param>
    /// <param name="fault">Why it cannot be read.</param>
    public static bool TryOpen(Stream stream, WireSchema schema, [NotNullWhen(true)] out ContainerReader? reader, out AvroFault fault)
    {
        var opened = new ContainerReader(stream);
        reader = opened.TryReadHeader(schema, out fault) ? opened : null;
        return reader is not null;
    }

    /// <summary>Reads the next record.</summary>
    /// <param name="body">The record encoded in our schema, valid until the next call; empty at the end.</param>
    /// <param name="fault">Why there is none; <see cref="AvroFaultKind.None"/> at the end of the file. Offsets count from the start of the block.</param>
    public bool TryRead(out ReadOnlySpan<byte> body, out AvroFault fault)
    {
        body = default;
        while (_remaining == 0)
            if (!TryReadBlock(out fault)) return false;
        if (!BodyWalk.TryMeasure(_writer, _block.AsSpan(_position), out int length, out fault))
        {
            fault = fault with { Offset = fault.Offset + _position };
            return false;
        }
        body = _block.AsSpan(_position, length);
        _position += length;
        if (--_remaining == 0 && _position != _block.Length) return Fail(AvroFaultKind.TrailingBytes, _position, out body, out fault);
        if (_resolution is null) return true;
        if (!_resolution.TryResolve(body, out byte[]? resolved, out fault)) return false;
        body = resolved;
        return true;
    }

    private bool TryReadHeader(WireSchema schema, out AvroFault fault)
    {
        Span<byte> magic = stackalloc byte[4];
        if (!TryFill(magic) || !magic.SequenceEqual(Magic)) return Fail(AvroFaultKind.BadContainer, 0, out fault);

        string? json = null, codec = null;
        while (TryReadLong(out long count) && count != 0)
        {
            if (count < 0 && !TryReadLong(out _)) break;
            // Every entry takes bytes, so that a claim ends with the stream.
            for (long i = count < 0 ? -(count + 1) : count - 1; i >= 0; i--)
            {
                if (!TryReadBytes(out byte[]? key) || !TryReadBytes(out byte[]? value)) return Fail(AvroFaultKind.BadContainer, Here, out fault);
                switch (Encoding.UTF8.GetString(key))
                {
                    case "avro.schema": json = Encoding.UTF8.GetString(value); break;
                    case "avro.codec": codec = Encoding.UTF8.GetString(value); break;
                }
            }
        }
        _sync = new byte[SyncLength];
        if (json is null || codec is not (null or "null" or "deflate") || !TryFill(_sync)) return Fail(AvroFaultKind.BadContainer, Here, out fault);
        _deflate = codec == "deflate";
        try
        {
            var written = KnownSchema.Parse("the file's header", json);
            _writer = written.Schema;
            if (written.Fingerprint == schema.Fingerprint) { fault = default; return true; }
            _resolution = SchemaResolution.Create(written, SchemaCatalogue.Wire(schema));
            fault = _resolution is null ? new AvroFault(AvroFaultKind.IncompatibleSchema, Here) : default;
            return _resolution is not null;
        }
        catch (FormatException)
        {
            return Fail(AvroFaultKind.BadContainer, Here, out fault);
        }
    }

    private bool TryReadBlock(out AvroFault fault)
    {
        _position = 0;
        int first = _stream.ReadByte();
        if (first < 0) { fault = default; return false; }
        Span<byte> sync = stackalloc byte[SyncLength];
        if (!TryReadLong(out _remaining, first) || _remaining < 0 || !TryReadBytes(out byte[]? data) || !TryFill(sync) || !sync.SequenceEqual(_sync)
            || !TryInflate(data, out _block!) || (_remaining == 0 && _block.Length != 0) || _remaining > Math.Max(_block.Length, BodyWalk.MaxCostlyItems))
        {
            _remaining = 0;
            return Fail(AvroFaultKind.BadContainer, Here, out fault);
        }
        fault = default;
        return true;
    }

    private bool TryInflate(byte[] data, [NotNullWhen(true)] out byte[]? inflated)
    {
        inflated = data;
        if (!_deflate) return true;
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(data), CompressionMode.Decompress);
            var target = new MemoryStream();
            byte[] chunk = new byte[64 * 1024];
            for (int read; (read = deflate.Read(chunk)) > 0;)
            {
                if (target.Length + read > MaxBlockBytes) return false;
                target.Write(chunk, 0, read);
            }
            inflated = target.ToArray();
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    // Grows as bytes arrive: a length is a claim.
    private bool TryReadBytes([NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (!TryReadLong(out long length) || length is < 0 or > MaxBlockBytes) return false;
        var target = new MemoryStream();
        Span<byte> chunk = stackalloc byte[4096];
        for (; length > 0; length -= chunk.Length)
        {
            if (length < chunk.Length) chunk = chunk[..(int)length];
            if (!TryFill(chunk)) return false;
            target.Write(chunk);
        }
        bytes = target.ToArray();
        return true;
    }

    private bool TryReadLong(out long value, int first = -1)
    {
        Span<byte> bytes = stackalloc byte[10];
        value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            int next = i == 0 && first >= 0 ? first : _stream.ReadByte();
            if (next < 0) return false;
            StreamPosition++;
            bytes[i] = (byte)next;
            if (next >= 0x80) continue;
            var reader = new AvroReader(bytes[..(i + 1)]);
            value = reader.ReadLong();
            return !reader.Failed;
        }
        return false;
    }

    private bool TryFill(Span<byte> destination)
    {
        int read = _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        StreamPosition += read;
        return read == destination.Length;
    }

    private int Here => (int)Math.Min(StreamPosition, int.MaxValue);

    private static bool Fail(AvroFaultKind kind, int offset, out AvroFault fault)
    {
        fault = new AvroFault(kind, offset);
        return false;
    }

    private static bool Fail(AvroFaultKind kind, int offset, out ReadOnlySpan<byte> body, out AvroFault fault)
    {
        body = default;
        return Fail(kind, offset, out fault);
    }
}
