using StreamSched.Core.Networks;

namespace StreamSched.Core.OnlineLearning;

/// <summary>
/// LinUCB (Li, Chu, Langford, Schapire 2010) with one model for all arms: features describe context and arm together, so a new arm is known by its features
/// from its first moment on.
/// </summary>
/// <param name="features">Length of the features.</param>
/// <param name="exploration">α: how much uncertainty is worth.</param>
/// <param name="ridge">λ.</param>
internal sealed class LinUcb(int features, double exploration = 1, double ridge = 1) : IContextualBandit
{
    /// <inheritdoc/>
    public RidgeModel Model { get; } = new(features, ridge);

    /// <summary>Upper confidence bound of the reward.</summary>
    /// <param name="x">[features].</param>
    public double Score(ReadOnlySpan<float> x) => Model.Predict(x) + (exploration * Model.Uncertainty(x));

    /// <inheritdoc/>
    public Network ToNetwork()
    {
        Network network = new(NetworkShape.Perceptron(Model.Coefficients.Length, [], Activation.Identity, 1));
        for (int i = 0; i < Model.Coefficients.Length; i++) network.Weights(0)[i] = (float)Model.Coefficients[i];
        return network;
    }

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<float> x) => Model.Predict(x);

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<float> arms, int count, Span<float> scores)
    {
        Span<double> block = Model.Samples;
        for (int first = 0; first < count; first += RidgeModel.Lanes)
        {
            int here = Math.Min(RidgeModel.Lanes, count - first);
            for (int a = 0; a < here; a++)
            {
                ReadOnlySpan<float> x = arms.Slice((first + a) * features, features);
                for (int i = 0; i < x.Length; i++) block[(i * RidgeModel.Lanes) + a] = x[i];
            }

            Model.UpperBounds(exploration, scores.Slice(first, here));
        }
    }

    /// <summary>The arm with the highest bound, the first of equals; -1 if none is allowed.</summary>
    /// <param name="arms">[arms, features].</param>
    /// <param name="mask">[arms]: which are allowed; empty: all.</param>
    public int Choose(ReadOnlySpan<float> arms, ReadOnlySpan<bool> mask = default)
    {
        (int best, double highest) = (-1, double.NegativeInfinity);
        for (int a = 0; a < arms.Length / features; a++)
        {
            if (!mask.IsEmpty && !mask[a]) continue;
            double score = Score(arms.Slice(a * features, features));
            if (best < 0 || score > highest) (best, highest) = (a, score);
        }

        return best;
    }

    /// <summary>Learns what an arm earned; rewards may come late and in any order.</summary>
    /// <param name="x">Features of the arm as they were at the choice.</param>
    /// <param name="reward">What it earned.</param>
    public void Learn(ReadOnlySpan<float> x, double reward) => Model.Learn(x, reward);
}
