namespace StreamSched.Core.Cluster;

/// <summary>One value of every row of a <see cref="ColumnSet"/>.</summary>
internal sealed class Column<T>(int length, T initial) : IColumn
{
    private T[] _values = Filled(length, initial);

    public ref T this[int row] => ref _values[row];

    public Span<T> AsSpan(int length) => _values.AsSpan(0, length);

    /// <summary>All rows that there is room for: a whole number of vectors.</summary>
    public ReadOnlySpan<T> All => _values;

    internal T[] Values => _values;

    void IColumn.Grow(int to)
    {
        int from = _values.Length;
        Array.Resize(ref _values, to);
        _values.AsSpan(from).Fill(initial);
    }

    void IColumn.Reset(int row) => _values[row] = initial;

    private static T[] Filled(int length, T initial)
    {
        T[] values = new T[length];
        Array.Fill(values, initial);
        return values;
    }
}
