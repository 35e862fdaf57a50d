using Parquet;
using Parquet.Schema;

namespace StreamSched.Analysis.Export;

/// <summary>Lists of numbers, all of one length.</summary>
internal sealed class ListColumn : TableColumn
{
    private readonly int _length;
    private readonly ListField _list;
    private readonly List<int> _levels = [];
    private readonly ValueColumn<float> _values;

    /// <summary>An empty one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Numbers of a list, one at least.</param>
    public ListColumn(string name, int length)
        : this(name, length, new DataField<float>("element"))
    {
    }

    private ListColumn(string name, int length, DataField element)
        : base(element) => (_length, _list, _values) = (length, new ListField(name, element), new ValueColumn<float>(element));

    /// <inheritdoc/>
    public override Field Description => _list;

    /// <inheritdoc/>
    public override int Count => _values.Count / _length;

    /// <summary>Adds a list.</summary>
    /// <param name="values">Its numbers.</param>
    public void Add(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _values.Add(values[i]);
            _levels.Add(i == 0 ? 0 : 1);
        }
    }

    /// <inheritdoc/>
    public override async Task WriteAsync(ParquetRowGroupWriter group)
    {
        int[] isThere = new int[_values.Count];
        Array.Fill(isThere, Field.MaxDefinitionLevel);
        await group.WriteAllPartsAsync<float>(Field, _values.Values, isThere, _levels.ToArray(), CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        _values.Clear();
        _levels.Clear();
    }
}
