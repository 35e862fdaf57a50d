using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Networks;

namespace StreamSched.Core.OnlineLearning;

/// <summary>
/// Ridge regression that learns one sample at a time: keeps the inverse of A = λI + Σ x xᵀ by Sherman and Morrison's formula, and θ = A⁻¹ Σ r x. In double
/// precision, since errors add up over millions of updates.
/// </summary>
internal sealed class RidgeModel
{
    /// <summary>Samples that <see cref="UpperBounds"/> takes, as many as a network's layers lie beside each other.</summary>
    internal const int Lanes = DenseKernels.Lanes;

    private readonly double[] _samples, _inverse, _weighted, _theta, _product;
    private readonly double _ridge;

    /// <summary>A model that has seen nothing.</summary>
    /// <param name="features">Length of x, positive.</param>
    /// <param name="ridge">λ, positive.</param>
    public RidgeModel(int features, double ridge = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        if (!(ridge > 0)) throw new ArgumentOutOfRangeException(nameof(ridge), ridge, "must be positive");
        (_samples, _inverse, _weighted, _theta, _product, _ridge) =
            (new double[features * Lanes], new double[features * features], new double[features], new double[features], new double[features], ridge);
        Reset();
    }

    /// <summary>Samples learned from.</summary>
    public long Count { get; private set; }

    /// <summary>θ.</summary>
    public ReadOnlySpan<double> Coefficients => _theta;

    /// <summary>A⁻¹ [features, features].</summary>
    public ReadOnlySpan<double> Inverse => _inverse;

    /// <summary>Everything that it learned, in base 64: A⁻¹ [features, features], Σ r x [features] and the count, as little-endian doubles.</summary>
    public string ToText()
    {
        double[] sums = [.. _inverse, .. _weighted, Count];
        return Convert.ToBase64String(MemoryMarshal.AsBytes(sums.AsSpan()));
    }

    /// <summary>Takes up what <see cref="ToText"/> wrote.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Whether it is of such a model; if not, nothing has changed.</returns>
    public bool TryRestore(string text)
    {
        int n = _theta.Length, length = (n * n) + n + 1;
        double[] sums = new double[length];
        if (!Convert.TryFromBase64String(text, MemoryMarshal.AsBytes(sums.AsSpan()), out int written) || written != length * sizeof(double)) return false;
        bool isSound = sums[^1] is >= 0 and < 1e15;
        for (int i = 0; i < length - 1; i++) isSound &= double.IsFinite(sums[i]);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) isSound &= i == j ? sums[i * (n + 1)] > 0 : Math.Abs(sums[(i * n) + j] - sums[(j * n) + i]) < 1e-6;
        if (!isSound) return false;
        sums.AsSpan(0, n * n).CopyTo(_inverse);
        sums.AsSpan(n * n, n).CopyTo(_weighted);
        Count = (long)sums[^1];
        Solve();
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Array.Clear(_inverse);
        for (int i = 0; i < _theta.Length; i++) _inverse[(i * _theta.Length) + i] = 1 / _ridge;
        Array.Clear(_weighted);
        Array.Clear(_theta);
        Count = 0;
    }

    /// <summary>θ · x.</summary>
    /// <param name="x">[features].</param>
    public double Predict(ReadOnlySpan<float> x)
    {
        double sum = 0;
        for (int i = 0; i < _theta.Length; i++) sum += _theta[i] * x[i];
        return sum;
    }

    /// <summary>√(xᵀ A⁻¹ x): how little is known in the direction of x.</summary>
    /// <param name="x">[features].</param>
    public double Uncertainty(ReadOnlySpan<float> x)
    {
        double sum = 0;
        for (int i = 0; i < _theta.Length; i++) sum += x[i] * Row(i, x);
        return Math.Sqrt(Math.Max(0, sum));
    }

    /// <summary>What <see cref="UpperBounds"/> is of [features, <see cref="Lanes"/>]; to be written before it.</summary>
    internal Span<double> Samples => _samples;

    /// <summary>θ · x + α √(xᵀ A⁻¹ x) of <see cref="Samples"/>, all at once: what is asked for of every arm of every decision.</summary>
    /// <param name="exploration">α.</param>
    /// <param name="bounds">Receives the bound of as many samples as it has room for.</param>
    internal void UpperBounds(double exploration, Span<float> bounds)
    {
        int n = _theta.Length;
        ref double x = ref MemoryMarshal.GetArrayDataReference(_samples), inverse = ref MemoryMarshal.GetArrayDataReference(_inverse);
        Vector512<double> mean = Vector512<double>.Zero, square = Vector512<double>.Zero;
        for (int i = 0; i < n; i++)
        {
            // A⁻¹ is symmetric: the diagonal once, what is before it twice.
            Vector512<double> xi = Vector512.LoadUnsafe(ref x, (nuint)(i * Lanes)), before = Vector512<double>.Zero;
            ref double row = ref Unsafe.Add(ref inverse, i * n);
            for (int j = 0; j < i; j++)
                before = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref row, j)), Vector512.LoadUnsafe(ref x, (nuint)(j * Lanes)), before);
            mean = Vector512.FusedMultiplyAdd(Vector512.Create(_theta[i]), xi, mean);
            square = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref row, i)), xi, before + before), xi, square);
        }

        Vector512<double> bound = mean + (Vector512.Create(exploration) * Vector512.Sqrt(Vector512.Max(square, Vector512<double>.Zero)));
        for (int lane = 0; lane < Math.Min(Lanes, bounds.Length); lane++) bounds[lane] = (float)bound[lane];
    }

    /// <summary>Learns from one sample; one with numbers that are none is ignored.</summary>
    /// <param name="x">[features].</param>
    /// <param name="reward">r.</param>
    /// <returns>Whether it counted.</returns>
    public bool Learn(ReadOnlySpan<float> x, double reward)
    {
        int n = _theta.Length;
        double length = 1;
        for (int i = 0; i < n; i++)
        {
            _product[i] = Row(i, x);
            length += x[i] * _product[i];
        }

        if (!double.IsFinite(length) || !double.IsFinite(reward)) return false;
        for (int i = 0; i < n; i++)
        {
            double share = _product[i] / length;
            for (int j = 0; j < n; j++) _inverse[(i * n) + j] -= share * _product[j];
        }

        for (int i = 0; i < n; i++) _weighted[i] += reward * x[i];
        Solve();
        Count++;
        return true;
    }

    /// <summary>Writes everything that it learned.</summary>
    /// <param name="checkpoint">Where to.</param>
    /// <param name="key">Name of this model in it.</param>
    public void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set(key + ".inverse", _inverse);
        checkpoint.Set(key + ".weighted", _weighted);
        checkpoint.Set(key + ".theta", _theta);
        checkpoint.Set(key + ".count", (ulong)Count);
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <param name="key">Name of this model in it.</param>
    /// <exception cref="CheckpointException">It is of another model.</exception>
    public void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".inverse", _inverse.AsSpan());
        checkpoint.Get(key + ".weighted", _weighted.AsSpan());
        checkpoint.Get(key + ".theta", _theta.AsSpan());
        Count = (long)checkpoint.GetUInt64(key + ".count");
    }

    private void Solve()
    {
        int n = _theta.Length;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += _inverse[(i * n) + j] * _weighted[j];
            _theta[i] = sum;
        }
    }

    private double Row(int i, ReadOnlySpan<float> x)
    {
        double sum = 0;
        ReadOnlySpan<double> row = _inverse.AsSpan(i * _theta.Length, _theta.Length);
        for (int j = 0; j < row.Length; j++) sum += row[j] * x[j];
        return sum;
    }
}
