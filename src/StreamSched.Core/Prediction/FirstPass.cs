using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;

namespace StreamSched.Core.Prediction;

/// <summary>
/// Finds the placements that the price rule scores highest, of so many that features and a network for all of them would take too long. What it costs is a
/// score for each and one search for the bound above which there are enough.
/// </summary>
internal sealed class FirstPass
{
    /// <summary>Of that many placements at most all are looked at closely; of more, about half as many or more, up to this number.</summary>
    public const int Most = 64;

    private const int Wanted = 40;

    // The search for the bound, in units of value: where it begins, how far it goes, how often it halves.
    private const float LeastStep = 0.001f, MostStep = 1e3f;
    private const int Halvings = 14;
    private readonly float[] _near = new float[8 * Most];
    private readonly int[] _nearRows = new int[8 * Most];
    private readonly int[] _rows = new int[Most];
    private float[] _score = [];
    private float[] _top = []; // by eight: the highest
    private int _length;
    private FeatureMeans _means;

    /// <summary>Indices of the best ones, in the order of the table.</summary>
    public ReadOnlySpan<int> Rows => _rows;

    /// <summary>Means over all feasible ones.</summary>
    public FeatureMeans Means => _means;

    /// <summary>Begins anew.</summary>
    /// <param name="length">How many placements there are, whole vectors.</param>
    public void Start(int length)
    {
        (_length, _means) = (length, default);
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

    /// <summary>Counts eight placements in the means.</summary>
    /// <param name="rows">What was predicted.</param>
    /// <param name="inverseWidth">Of the on-time curve, per second.</param>
    /// <param name="utilisation">Of their processors.</param>
    /// <param name="residual">Of their processors.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddMeans(in PredictedRows rows, Vector256<float> inverseWidth, Vector256<float> utilisation, Vector256<float> residual) =>
        _means.Add(
            FeatureEncoder.LogitOf(rows.Slack, inverseWidth), FeatureEncoder.Within(utilisation, 0, 2), FeatureEncoder.Within(rows.CapacityPrice, 0, 2),
            residual, rows.Mask);

    /// <summary>Finds the best.</summary>
    /// <returns>How many <see cref="Rows"/> there are; 0: none is feasible.</returns>
    public int Choose()
    {
        // Of the eights that hold one of the best, and then of what they hold.
        int blocks = _length / Columns.Lanes;
        float bound = Bound(_top, blocks, Wanted);
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

        if (n > Most) bound = Bound(_near, n, Wanted);
        int found = 0;
        for (int i = 0; i < n && found < Most; i++)
            if (_near[i] >= bound) _rows[found++] = _nearRows[i];
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
