using Parquet;
using Parquet.Schema;
using StreamSched.Analysis.Replays;

namespace StreamSched.Analysis.Export;

/// <summary>Texts, which may be missing.</summary>
/// <param name="name">In snake_case.</param>
internal sealed class TextColumn(string name) : TableColumn(new DataField(name, typeof(string), isNullable: true))
{
    private readonly List<string?> _values = [];
    private readonly TextCache _known = new();

    /// <inheritdoc/>
    public override int Count => _values.Count;

    /// <summary>Adds a text.</summary>
    /// <param name="value">The text; null: missing.</param>
    public void Add(string? value) => _values.Add(value);

    /// <summary>Adds a text that comes again and again.</summary>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="isThere">Whether it is not missing.</param>
    public void Add(ReadOnlySpan<byte> utf8, bool isThere = true) => _values.Add(isThere ? _known.Of(utf8) : null);

    /// <inheritdoc/>
    public override Task WriteAsync(ParquetRowGroupWriter group) => group.WriteAsync(Field, _values);

    /// <inheritdoc/>
    public override void Clear() => _values.Clear();
}
