using System.Text.Json;
using StreamSched.Analysis.Export;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Records;

namespace StreamSched.Logs;

/// <summary>Decisions in full as lines of DSJSON.</summary>
internal sealed class DsJsonChunk : IExportChunk
{
    private readonly ExportCard _card;
    private readonly DsJsonLine _line;
    private readonly MemoryStream _file = new();
    private readonly Utf8JsonWriter _writer;

    /// <summary>An empty one.</summary>
    /// <param name="shelf">The policies that may have decided.</param>
    /// <param name="card">Counts the decisions that are in no line.</param>
    public DsJsonChunk(PolicyShelf shelf, ExportCard card) => (_card, _line, _writer) = (card, new DsJsonLine(shelf), new Utf8JsonWriter(_file));

    /// <inheritdoc/>
    public bool IsFull => false;

    /// <inheritdoc/>
    public void Add(in ExperienceView record, ReadOnlySpan<byte> body, int partition, long offset)
    {
        if (_line.TryWrite(record, _writer))
        {
            _writer.Flush();
            _file.WriteByte((byte)'\n');
            _writer.Reset();
        }
        else if (record.JoinState != JoinState.Revised)
        {
            _card.Untold++;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, byte[] Content)> Complete(string part)
    {
        byte[] content = _file.ToArray();
        _file.SetLength(0);
        return [($"decisions/{part}.dsjson", content)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }
}
