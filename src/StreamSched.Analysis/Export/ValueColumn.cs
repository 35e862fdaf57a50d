using Parquet;
using Parquet.Schema;

namespace StreamSched.Analysis.Export;

/// <summary>Numbers, instants or truth values.</summary>
/// <typeparam name="T">Of a value.</typeparam>
/// <param name="field">Its name and type.</param>
internal sealed class ValueColumn<T>(DataField field) : TableColumn(field)
    where T : struct
{
    private T[] _values = new T[1024];
    private int _count;

    /// <summary>A column of plain values.</summary>
    /// <param name="name">In snake_case.</param>
    public ValueColumn(string name)
        : this(new DataField(name, typeof(T), isNullable: false))
    {
    }

    /// <inheritdoc/>
    public override int Count => _count;

    /// <summary>The values.</summary>
    public ReadOnlyMemory<T> Values => _values.AsMemory(0, _count);

    /// <summary>Replaces a value.</summary>
    /// <param name="index">Its row.</param>
    public T this[int index]
    {
        set => _values[index] = value;
    }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    public void Add(T value)
    {
        if (_count == _values.Length) Array.Resize(ref _values, 2 * _count);
        _values[_count++] = value;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(ParquetRowGroupWriter group) => group.WriteAsync<T>(Field, Values);

    /// <inheritdoc/>
    public override void Clear() => _count = 0;
}
