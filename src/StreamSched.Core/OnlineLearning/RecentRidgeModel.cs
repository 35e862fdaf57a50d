namespace StreamSched.Core.OnlineLearning;

/// <summary>
/// Ridge regression over the latest samples: two models learn the same, and whenever the younger one has seen a window of them it takes the place of the older,
/// which begins anew. What serves has seen between one window and two; a single model would never forget.
/// </summary>
/// <param name="features">Length of x, positive.</param>
/// <param name="ridge">λ, positive.</param>
/// <param name="window">Samples of a window, positive.</param>
internal sealed class RecentRidgeModel(int features, double ridge, int window)
{
    private RidgeModel _older = new(features, ridge), _younger = new(features, ridge);

    /// <summary>θ.</summary>
    public ReadOnlySpan<double> Coefficients => _older.Coefficients;

    /// <summary>θ · x.</summary>
    /// <param name="x">[features].</param>
    public double Predict(ReadOnlySpan<float> x) => _older.Predict(x);

    /// <summary>Learns from one sample; one with numbers that are none is ignored.</summary>
    /// <param name="x">[features].</param>
    /// <param name="y">What is predicted.</param>
    public void Learn(ReadOnlySpan<float> x, double y)
    {
        _older.Learn(x, y);
        _younger.Learn(x, y);
        if (_younger.Count < window) return;
        (_older, _younger) = (_younger, _older);
        _younger.Reset();
    }
}
