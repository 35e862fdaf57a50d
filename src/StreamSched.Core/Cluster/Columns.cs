using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StreamSched.Core.Cluster;

/// <summary>Eight rows at a time, of processors, placements or candidates. Columns are padded to whole vectors, so that no index is checked.</summary>
internal static class Columns
{
    public const int Lanes = 8;

    /// <summary>A number of rows, rounded up to whole vectors.</summary>
    public static int Padded(int rows) => (rows + Lanes - 1) / Lanes * Lanes;

    public static Vector256<float> Load(ReadOnlySpan<float> column, int i) => Vector256.LoadUnsafe(in MemoryMarshal.GetReference(column), (nuint)i);

    // An array as it is: a span of it would be made, and its array compared with null, for every vector of a pass.
    public static Vector256<float> Load(float[] column, int i) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    public static Vector256<float> Load(this Column<float> column, int i) => Load(column.Values, i);

    public static Vector256<int> Load(ReadOnlySpan<int> column, int i) => Vector256.LoadUnsafe(in MemoryMarshal.GetReference(column), (nuint)i);

    public static void Store(Vector256<float> value, Span<float> column, int i) => value.StoreUnsafe(ref MemoryMarshal.GetReference(column), (nuint)i);

    public static void Store(Vector256<float> value, float[] column, int i) => value.StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(column), (nuint)i);

    public static void Store(this Column<float> column, int i, Vector256<float> value) => Store(value, column.Values, i);

    /// <summary>Adds another column.</summary>
    /// <param name="column">Receives the sums.</param>
    /// <param name="other">As long.</param>
    public static void Add(Span<float> column, ReadOnlySpan<float> other)
    {
        for (int i = 0; i < column.Length; i += Lanes) Store(Load(column, i) + Load(other, i), column, i);
    }

    // Indices come from the view's own tables, which are in range; padding points to element 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Gather(float* column, Vector256<int> index) => Avx2.IsSupported
        ? Avx2.GatherVector256(column, index, sizeof(float))
        : Vector256.Create(
            column[index[0]], column[index[1]], column[index[2]], column[index[3]], column[index[4]], column[index[5]], column[index[6]], column[index[7]]);

    /// <summary>The same where a column may be short: up to two vectors fit into registers, and looking there takes a third of the time of a gather.</summary>
    /// <param name="column">At least two vectors long.</param>
    /// <param name="length">How many of its numbers indices can ask for.</param>
    /// <param name="index">Indices.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<float> Lookup(float* column, int length, Vector256<int> index)
    {
        if (length > 2 * Lanes || !Avx2.IsSupported) return Gather(column, index);
        Vector256<float> low = Avx2.PermuteVar8x32(Vector256.Load(column), index), high = Avx2.PermuteVar8x32(Vector256.Load(column + Lanes), index);
        return Vector256.ConditionalSelect(Vector256.LessThan(index, Vector256.Create(Lanes)).AsSingle(), low, high);
    }

    /// <summary>Spreads a column by site over the candidates.</summary>
    /// <param name="from">By site.</param>
    /// <param name="index">Site of each candidate.</param>
    /// <param name="to">By candidate.</param>
    public static unsafe void Spread(ReadOnlySpan<float> from, ReadOnlySpan<int> index, Span<float> to)
    {
        fixed (float* column = from)
            for (int i = 0; i < to.Length; i += Lanes) Store(Gather(column, Load(index, i)), to, i);
    }
}
