using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;

namespace StreamSched.Core.Prediction;

/// <summary>Scores of many placements, and which of them are highest.</summary>
internal sealed class ScoreList
{
    // The search for the bound, in units of value: where it begins, how far it goes, how often it halves.
    private const float LeastStep = 0.001f, MostStep = 1e3f;
    private const int Halvings = 14;
    private readonly float[] _near = new float[8 * FirstPass.Most];
    private readonly int[] _nearRows = new int[8 * FirstPass.Most];
    private float[] _score = [];
    private float[] _top = []; // by eight: the highest
    private int _length;

    /// <summary>Begins anew.</summary>
    /// <param name="length">How many placements there are, whole vectors.</param>
    public void Start(int length)
    {
        _length = length;
        if (_score.Length >= length) return;
        _score = new float[length];
        _top = new float[(length / Columns.Lanes) + Columns.Lanes];
    }

    /// <summary>Takes eight placements.</summary>
    /// <param name="i">The first of them.</param>
    /// <param name="score">By the rule.</param>
    /// <param name="mask">All bits set where the placement is feasible.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int i, Vector256<float> score, Vector256<int> mask)
    {
        Vector256<float> feasible = Vector256.ConditionalSelect(mask.AsSingle(), score, Vector256.Create(float.NegativeInfinity));
        Columns.Store(feasible, _score, i);
        Vector128<float> half = Vector128.Max(feasible.GetLower(), feasible.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        _top[i / Columns.Lanes] = Math.Max(half[0], half[1]);
    }

    /// <summary>Finds the highest.</summary>
    /// <param name="wanted">How many; up to a quarter more are found, where there are.</param>
    /// <param name="rows">Receives their indices in ascending order; of those that are equal the first, as many as it holds.</param>
    /// <returns>How many; 0: none is feasible.</returns>
    public int Highest(int wanted, Span<int> rows)
    {
        // Of the eights that hold one of the best, and then of what they hold.
        int blocks = _length / Columns.Lanes;
        float bound = Bound(_top, blocks, wanted);
        int n = 0;
        for (int b = 0; b < blocks && n <= _near.Length - (2 * Columns.Lanes); b++)
        {
            if (!(_top[b] >= bound)) continue;
            uint above = Vector256.GreaterThanOrEqual(Columns.Load(_score, b * Columns.Lanes), Vector256.Create(bound)).ExtractMostSignificantBits();
            for (; above != 0; above &= above - 1)
            {
                int row = (b * Columns.Lanes) + BitOperations.TrailingZeroCount(above);
                (_near[n], _nearRows[n]) = (_score[row], row);
                n++;
            }
        }

        if (n > rows.Length) bound = Bound(_near, n, wanted);
        int found = 0;
        for (int i = 0; i < n && found < rows.Length; i++)
            if (_near[i] >= bound) rows[found++] = _nearRows[i];
        return found;
    }

    // A score that so many numbers reach, or a few more where more are as high; what lies beyond them is overwritten.
    private static float Bound(float[] numbers, int count, int wanted)
    {
        int padded = Columns.Padded(count);
        numbers.AsSpan(count, padded - count).Fill(float.NegativeInfinity);
        Vector256<float> highest = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < padded; i += Columns.Lanes) highest = Vector256.Max(highest, Columns.Load(numbers, i));
        float top = float.NegativeInfinity;
        for (int lane = 0; lane < Columns.Lanes; lane++) top = Math.Max(top, highest[lane]);
        if (float.IsNegativeInfinity(top)) return float.MaxValue; // none is feasible

        // From a range that holds enough of them to one that holds no more than that, in halves.
        float step = LeastStep, low = top - step, high = top;
        for (; CountFrom(numbers, padded, low) < wanted && step < MostStep; step *= 4) (low, high) = (top - (4 * step), low);
        for (int i = 0; i < Halvings; i++)
        {
            float middle = (low + high) / 2;
            int above = CountFrom(numbers, padded, middle);
            if (above >= wanted) low = middle;
            else high = middle;
            if (above >= wanted && above <= wanted + (wanted / 4)) break;
        }

        return low;
    }

    private static int CountFrom(float[] numbers, int length, float bound)
    {
        Vector256<int> count = Vector256<int>.Zero;
        for (int i = 0; i < length; i += Columns.Lanes)
            count -= Vector256.GreaterThanOrEqual(Columns.Load(numbers, i), Vector256.Create(bound)).AsInt32();
        return Vector256.Sum(count);
    }
}
