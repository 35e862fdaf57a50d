using System.Numerics;

namespace StreamSched.Learning.Bandits;

/// <summary>
/// Ridge regression that learns one sample at a time: keeps the inverse of A = λI + Σ x xᵀ by Sherman and Morrison's formula, and θ = A⁻¹ Σ r x. In double
/// precision, since errors add up over millions of updates.
/// </summary>
public sealed class RidgeModel
{
    private readonly double[] _inverse, _weighted, _theta, _product;
    private readonly double _ridge;

    /// <summary>A model that has seen nothing.</summary>
    /// <param name="features">Length of x, positive.</param>
    /// <param name="ridge">λ, positive.</param>
    public RidgeModel(int features, double ridge = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        if (!(ridge > 0)) throw new ArgumentOutOfRangeException(nameof(ridge), ridge, "must be positive");
        (_inverse, _weighted, _theta, _product, _ridge) = (new double[features * features], new double[features], new double[features], new double[features], ridge);
        Reset();
    }

    /// <summary>Samples learned from.</summary>
    public long Count { get; private set; }

    /// <summary>θ.</summary>
    public ReadOnlySpan<double> Coefficients => _theta;

    /// <summary>A⁻¹ [features, features].</summary>
    public ReadOnlySpan<double> Inverse => _inverse;

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
        // Asked for every arm of every decision: a vector at a time, over the rows of a symmetric matrix.
        int n = _theta.Length, whole = n - (n % Vector<double>.Count);
        Span<double> wide = n <= 128 ? stackalloc double[n] : new double[n];
        for (int i = 0; i < n; i++) wide[i] = x[i];
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = _inverse.AsSpan(i * n, n);
            Vector<double> products = Vector<double>.Zero;
            for (int j = 0; j < whole; j += Vector<double>.Count) products += new Vector<double>(row[j..]) * new Vector<double>(wide[j..]);
            double product = Vector.Sum(products);
            for (int j = whole; j < n; j++) product += row[j] * wide[j];
            sum += wide[i] * product;
        }

        return Math.Sqrt(Math.Max(0, sum));
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
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += _inverse[(i * n) + j] * _weighted[j];
            _theta[i] = sum;
        }

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

    private double Row(int i, ReadOnlySpan<float> x)
    {
        double sum = 0;
        ReadOnlySpan<double> row = _inverse.AsSpan(i * _theta.Length, _theta.Length);
        for (int j = 0; j < row.Length; j++) sum += row[j] * x[j];
        return sum;
    }
}
