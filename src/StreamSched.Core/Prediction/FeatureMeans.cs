using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Prediction;

/// <summary>Sums, over the feasible placements, of the features of which a network sees the mean as well.</summary>
internal struct FeatureMeans
{
    private Vector256<float> _logits, _utilisations, _prices, _residuals;
    private int _count;

    public readonly float Logit => Mean(_logits);

    public readonly float Utilisation => Mean(_utilisations);

    public readonly float CapacityPrice => Mean(_prices);

    public readonly float Residual => Mean(_residuals);

    /// <summary>Adds eight placements.</summary>
    /// <param name="logit">As <see cref="FeatureEncoder.LogitOf"/> gives it.</param>
    /// <param name="utilisation">0..2.</param>
    /// <param name="price">Capacity price, 0..2.</param>
    /// <param name="residual">On-time residual.</param>
    /// <param name="mask">All bits set where the placement is feasible.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Vector256<float> logit, Vector256<float> utilisation, Vector256<float> price, Vector256<float> residual, Vector256<int> mask)
    {
        Vector256<float> feasible = mask.AsSingle();
        _logits += logit & feasible;
        _utilisations += utilisation & feasible;
        _prices += price & feasible;
        _residuals += residual & feasible;
        _count += (int)uint.PopCount(mask.ExtractMostSignificantBits());
    }

    private readonly float Mean(Vector256<float> sums) => Vector256.Sum(sums) / Math.Max(1, _count);
}
