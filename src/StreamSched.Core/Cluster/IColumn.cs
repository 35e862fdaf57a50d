namespace StreamSched.Core.Cluster;

/// <summary>What a <see cref="ColumnSet"/> does with a column whatever is in it.</summary>
internal interface IColumn
{
    void Grow(int to);

    void Reset(int row);
}
