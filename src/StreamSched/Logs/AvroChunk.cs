using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Logs;

/// <summary>Records as they are, in an Avro container file.</summary>
/// <param name="folder">Of the file.</param>
/// <param name="schema">Of the records.</param>
internal sealed class AvroChunk(string folder, WireSchema schema) : IExportChunk
{
    private readonly MemoryStream _file = new();
    private ContainerWriter? _writer;

    /// <inheritdoc/>
    public bool IsFull => false;

    /// <inheritdoc/>
    public void Add(in ExperienceView record, ReadOnlySpan<byte> body, int partition, long offset)
    {
        _writer ??= new ContainerWriter(_file, schema);
        _writer.Append(body);
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, byte[] Content)> Complete(string part)
    {
        _writer?.Dispose();
        _writer = null;
        byte[] content = _file.ToArray();
        _file.SetLength(0);
        return [($"{folder}/{part}.avro", content)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer?.Dispose();
        _file.Dispose();
    }
}
