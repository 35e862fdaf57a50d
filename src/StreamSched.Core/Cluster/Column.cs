using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

/// <summary>Eight rows of a column at a time.</summary>
internal static class Column
{
    public const int Lanes = 8;

    public static Vector256<float> Load(this Column<float> column, int i) => Load(column.Values, i);

    public static void Store(this Column<float> column, int i, Vector256<float> value) => Store(column.Values, i, value);

    // For passes that run with every decision: their arrays are looked up once, before the loop.
    public static Vector256<float> Load(float[] values, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(values), (nuint)i);

    public static void Store(float[] values, int i, Vector256<float> value) => value.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(values), (nuint)i);
}
