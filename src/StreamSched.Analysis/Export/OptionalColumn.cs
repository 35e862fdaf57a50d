using Parquet;
using Parquet.Schema;

namespace StreamSched.Analysis.Export;

/// <summary>The same where a value may be missing.</summary>
/// <typeparam name="T">Of a value.</typeparam>
/// <param name="field">Its name and type.</param>
internal sealed class OptionalColumn<T>(DataField field) : TableColumn(field)
    where T : struct
{
    private T?[] _values = new T?[1024];
    private int _count;

    /// <summary>A column of plain values.</summary>
    /// <param name="name">In snake_case.</param>
    public OptionalColumn(string name)
        : this(new DataField(name, typeof(T), isNullable: true))
    {
    }

    /// <inheritdoc/>
    public override int Count => _count;

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value; null: missing.</param>
    public void Add(T? value)
    {
        if (_count == _values.Length) Array.Resize(ref _values, 2 * _count);
        _values[_count++] = value;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(ParquetRowGroupWriter group) => group.WriteAsync<T>(Field, _values.AsMemory(0, _count));

    /// <inheritdoc/>
    public override void Clear() => _count = 0;
}
