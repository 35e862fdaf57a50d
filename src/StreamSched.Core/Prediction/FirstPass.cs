using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Prediction;

/// <summary>
/// Finds the placements that can win, of so many that features and a network for all of them would take too long: those that the price rule scores highest.
/// Where a policy corrects the rule, some of them by what it may find a little safer than the rule does and the others by what it may find much safer:
/// placements that are safe already can be hundreds, as good as equal, and would be all there is. What it costs is a score or two for each and one search
/// for each bound above which there are enough.
/// </summary>
internal sealed class FirstPass
{
    /// <summary>Of that many placements at most all are looked at closely, of more at least forty.</summary>
    public const int Most = 64;

    // A list may be longer by a quarter.
    private const int Wanted = 40, WantedBeside = 26;

    // By which part the odds against an answer in time are smaller where a correction is trusted whole: e and e^2.5 times smaller. Winners' logits were
    // corrected by up to 3, of nine in ten by up to 2.4.
    private const float Little = 0.632f, Much = 0.918f;

    private readonly ScoreList _first = new(), _second = new();
    private readonly int[] _best = new int[WantedBeside * 5 / 4], _others = new int[Wanted * 5 / 4], _rows = new int[(WantedBeside + Wanted) * 5 / 4];
    private bool _isCorrected;
    private FeatureMeans _means;

    /// <summary>Indices of the best ones, in the order of the table.</summary>
    public ReadOnlySpan<int> Rows => _rows;

    /// <summary>Means over all feasible ones, where a policy corrects the rule; they are features of its network.</summary>
    public FeatureMeans Means => _means;

    /// <summary>Begins anew.</summary>
    /// <param name="length">How many placements there are, whole vectors.</param>
    /// <param name="isCorrected">Whether a policy corrects the rule's probability.</param>
    public void Start(int length, bool isCorrected)
    {
        (_isCorrected, _means) = (isCorrected, default);
        _first.Start(length);
        if (isCorrected) _second.Start(length);
    }

    /// <summary>Takes eight placements by the rule alone.</summary>
    /// <param name="i">The first of them.</param>
    /// <param name="gross">What an answer in time is worth.</param>
    /// <param name="costs">What they cost, with their price.</param>
    /// <param name="against">The rule's odds against an answer in time.</param>
    /// <param name="mask">All bits set where the placement is feasible.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int i, Vector256<float> gross, Vector256<float> costs, Vector256<float> against, Vector256<int> mask) =>
        _first.Add(i, (gross / (Vector256<float>.One + against)) - costs, mask);

    /// <summary>Takes eight placements for a policy that corrects the rule.</summary>
    /// <param name="i">The first of them.</param>
    /// <param name="gross">What an answer in time is worth.</param>
    /// <param name="costs">What they cost, with their price.</param>
    /// <param name="against">The rule's odds against an answer in time.</param>
    /// <param name="trust">The part to which the correction counts.</param>
    /// <param name="mask">All bits set where the placement is feasible.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddCorrected(
        int i, Vector256<float> gross, Vector256<float> costs, Vector256<float> against, Vector256<float> trust, Vector256<int> mask)
    {
        Vector256<float> one = Vector256<float>.One;
        _first.Add(i, (gross / (one + (against * (one - (trust * Little))))) - costs, mask);
        _second.Add(i, (gross / (one + (against * (one - (trust * Much))))) - costs, mask);
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
        if (!_isCorrected) return _first.Highest(Wanted, _rows);
        int best = _first.Highest(WantedBeside, _best), others = _second.Highest(Wanted, _others), n = 0;
        for (int i = 0, j = 0; i < best || j < others; n++)
        {
            int a = i < best ? _best[i] : int.MaxValue, b = j < others ? _others[j] : int.MaxValue;
            _rows[n] = Math.Min(a, b);
            if (a <= b) i++;
            if (b <= a) j++;
        }

        return n;
    }
}
