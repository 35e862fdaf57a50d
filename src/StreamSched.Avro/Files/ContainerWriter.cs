using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Schemas;

namespace StreamSched.Avro.Files;

/// <summary>Writes an Avro object container file. The same records give the same file.</summary>
/// <remarks>
/// Our own, because Apache.Avro's writer stores the schema as it understood it: older versions drop the logical types, so that readers in other languages
/// would see plain numbers and strings.
/// </remarks>
internal sealed class ContainerWriter : IDisposable
{
    private const int BlockBytes = 64 * 1024;
    private readonly Stream _stream;
    private readonly string _schema;
    private readonly ContainerCodec _codec;
    private readonly GrowingBuffer _block = new();
    private readonly GrowingBuffer _scratch = new();
    private byte[]? _sync;
    private int _count;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where to write; left open.</param>
    /// <param name="schema">The schema of all records.</param>
    /// <param name="codec">How to compress.</param>
    public ContainerWriter(Stream stream, WireSchema schema, ContainerCodec codec = ContainerCodec.Deflate)
    {
        _stream = stream;
        _codec = codec;
        _schema = SchemaCatalogue.Wire(schema).Text;
    }

    /// <summary>Appends a record.</summary>
    /// <param name="body">The record, encoded without a frame; not looked into.</param>
    public void Append(ReadOnlySpan<byte> body)
    {
        _block.Append(body);
        _count++;
        if (_block.Length >= BlockBytes) WriteBlock();
    }

    /// <summary>Writes what is still held back.</summary>
    public void Dispose()
    {
        WriteBlock();
        _stream.Flush();
    }

    private void WriteBlock()
    {
        WriteHeader();
        if (_count == 0) return;
        byte[] data = Compress();
        _scratch.Clear();
        _scratch.AppendLong(_count);
        _scratch.AppendLong(data.Length);
        _stream.Write(_scratch.Written);
        _stream.Write(data);
        _stream.Write(_sync);
        _block.Clear();
        _count = 0;
    }

    private byte[] Compress()
    {
        if (_codec == ContainerCodec.Null) return _block.Written.ToArray();
        var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionLevel.Optimal)) deflate.Write(_block.Written);
        return compressed.ToArray();
    }

    private void WriteHeader()
    {
        if (_sync is not null) return;
        // Random would do, but then no two exports were equal. A file cannot contain the digest of its own first block.
        _sync = SHA256.HashData([.. Encoding.UTF8.GetBytes(_schema), .. _block.Written])[..ContainerReader.SyncLength];
        _scratch.Clear();
        _scratch.Append(ContainerReader.Magic);
        _scratch.AppendLong(2);
        AppendText("avro.schema", _schema);
        AppendText("avro.codec", _codec == ContainerCodec.Null ? "null" : "deflate");
        _scratch.AppendLong(0);
        _scratch.Append(_sync);
        _stream.Write(_scratch.Written);
    }

    private void AppendText(string key, string value)
    {
        foreach (byte[] text in (byte[][])[Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value)])
        {
            _scratch.AppendLong(text.Length);
            _scratch.Append(text);
        }
    }
}
