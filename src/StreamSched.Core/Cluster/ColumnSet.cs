namespace StreamSched.Core.Cluster;

/// <summary>Columns of one length, which grow together. A new column is one line where the set is declared.</summary>
internal sealed class ColumnSet
{
    private readonly List<IColumn> _columns = [];

    /// <summary>Rows that every column has room for: a whole number of vectors.</summary>
    public int Length { get; private set; } = Columns.Lanes;

    /// <summary>Adds a column.</summary>
    /// <param name="initial">What a row has until something else is written there, and has again after <see cref="Reset"/>.</param>
    public Column<T> Add<T>(T initial = default!)
    {
        Column<T> column = new(Length, initial);
        _columns.Add(column);
        return column;
    }

    /// <summary>Makes room for a row.</summary>
    /// <param name="row">Its index.</param>
    public void Reserve(int row)
    {
        if (row < Length) return;
        while (row >= Length) Length *= 2;
        foreach (IColumn column in _columns) column.Grow(Length);
    }

    /// <summary>Makes a row as it was at first, in every column.</summary>
    /// <param name="row">Its index.</param>
    public void Reset(int row)
    {
        foreach (IColumn column in _columns) column.Reset(row);
    }
}
