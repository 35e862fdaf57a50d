using StreamSched.Core.Networks;
using StreamSched.Core.Policies;

namespace StreamSched.Core.OnlineLearning;

/// <summary>
/// A neural contextual bandit with an upper confidence bound over the last hidden layer (Xu, Wen, Zhao, Gu 2022, "Neural contextual bandits with deep
/// representation and shallow exploration"): a network learns the representation, ridge regression on it gives value and bound. It is NeuralUCB (Zhou, Li, Gu
/// 2020) without the bound over all parameters, which costs their square per decision.
/// </summary>
internal sealed class NeuralUcb : IContextualBandit
{
    private readonly Activations _one, _many, _batch;
    private readonly Adam _adam;
    private readonly RidgeModel _ridge;
    private readonly float[] _features, _rewards, _gradients, _hidden, _expected;
    private RandomStream _random;
    private long _learned;

    /// <summary>A bandit that knows nothing.</summary>
    /// <param name="features">Length of the features, of context and arm together.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="seed">Of first parameters and minibatches.</param>
    public NeuralUcb(int features, NeuralUcbSettings settings, ulong seed)
    {
        Settings = settings;
        Network = new Network(NetworkShape.Perceptron(features, settings.Hidden, settings.Activation, 1));
        _random = RandomStream.For(seed, "neural ucb");
        Initialization.Orthogonal(Network, ref _random);
        (_one, _many, _batch) =
            (new Activations(Network.Shape, 1), new Activations(Network.Shape, DenseKernels.Lanes), new Activations(Network.Shape, settings.BatchSize));
        _adam = new Adam(Network.Shape.ParameterCount, settings.Adam);
        _expected = new float[settings.BatchSize];
        int units = settings.Hidden.Count == 0 ? features : settings.Hidden[^1];
        (_features, _rewards, _gradients, _hidden) =
            (new float[settings.Memory * features], new float[settings.Memory], new float[Network.Shape.ParameterCount], new float[units + 1]);
        _ridge = new RidgeModel(units + 1, settings.Ridge);
    }

    /// <summary>One that begins with a representation that is known.</summary>
    /// <param name="network">From features to the reward; its last layer does not count.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="isFixed">Whether the representation stays as it is.</param>
    public NeuralUcb(Network network, NeuralUcbSettings settings, bool isFixed)
        : this(
            network.Shape.Inputs,
            settings with { Hidden = [.. network.Shape.Layers.SkipLast(1).Select(l => l.Outputs)], Activation = network.Shape.Layers[0].Activation }, 1)
    {
        network.Parameters.CopyTo(Network.Parameters);
        IsFixed = isFixed;
    }

    /// <summary>Whether what it makes of the features stays as it is.</summary>
    public bool IsFixed { get; }

    /// <inheritdoc/>
    public RidgeModel Model => _ridge;

    /// <summary>Settings.</summary>
    public NeuralUcbSettings Settings { get; }

    /// <summary>From features to the reward.</summary>
    public Network Network { get; }

    /// <summary>Upper confidence bound of the reward.</summary>
    /// <param name="x">[features].</param>
    public double Score(ReadOnlySpan<float> x)
    {
        Represent(x);
        return _ridge.Predict(_hidden) + (Settings.Exploration * _ridge.Uncertainty(_hidden));
    }

    /// <inheritdoc/>
    public Network ToNetwork()
    {
        Network network = Network.Clone();
        int last = network.Shape.Layers.Count - 1, units = _hidden.Length - 1;
        for (int i = 0; i < units; i++) network.Weights(last)[i] = (float)_ridge.Coefficients[i];
        network.Biases(last)[0] = (float)_ridge.Coefficients[units];
        return network;
    }

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<float> x)
    {
        Represent(x);
        return _ridge.Predict(_hidden);
    }

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<float> arms, int count, Span<float> scores)
    {
        int features = Network.Shape.Inputs;
        _many.Resize(count);
        for (int a = 0; a < count; a++) _many.SetSample(a, arms.Slice(a * features, features));
        Network.Forward(_many);
        ReadOnlySpan<float> last = _many.Values(_many.LayerCount - 1);
        Span<double> block = _ridge.Samples;
        block[^RidgeModel.Lanes..].Fill(1);
        for (int first = 0; first < count; first += RidgeModel.Lanes)
        {
            for (int i = 0; i < _hidden.Length - 1; i++)
                for (int a = 0; a < RidgeModel.Lanes; a++) block[(i * RidgeModel.Lanes) + a] = last[(i * _many.Stride) + first + a];
            _ridge.UpperBounds(Settings.Exploration, scores.Slice(first, Math.Min(RidgeModel.Lanes, count - first)));
        }
    }

    /// <summary>The arm with the highest bound, the first of equals; -1 if none is allowed.</summary>
    /// <param name="arms">[arms, features].</param>
    /// <param name="mask">[arms]: which are allowed; empty: all.</param>
    public int Choose(ReadOnlySpan<float> arms, ReadOnlySpan<bool> mask = default)
    {
        int features = Network.Shape.Inputs;
        (int best, double highest) = (-1, double.NegativeInfinity);
        for (int a = 0; a < arms.Length / features; a++)
        {
            if (!mask.IsEmpty && !mask[a]) continue;
            double score = Score(arms.Slice(a * features, features));
            if (best < 0 || score > highest) (best, highest) = (a, score);
        }

        return best;
    }

    /// <summary>Learns what an arm earned; rewards may come late and in any order. Numbers that are none are ignored.</summary>
    /// <param name="x">Features of the arm as they were at the choice.</param>
    /// <param name="reward">What it earned.</param>
    public void Learn(ReadOnlySpan<float> x, double reward)
    {
        int features = Network.Shape.Inputs;
        Represent(x);
        if (!_ridge.Learn(_hidden, reward)) return;
        int at = (int)(_learned++ % Settings.Memory);
        x[..features].CopyTo(_features.AsSpan(at * features));
        _rewards[at] = (float)reward;
        if (!IsFixed && _learned % Settings.TrainPeriod == 0) Train();
    }

    private int Remembered => (int)Math.Min(_learned, Settings.Memory);

    private ReadOnlySpan<float> Sample(int at) => _features.AsSpan(at * Network.Shape.Inputs, Network.Shape.Inputs);

    private void Train()
    {
        for (int m = 0; m < Settings.Minibatches; m++)
        {
            int size = Settings.BatchSize;
            for (int s = 0; s < size; s++)
            {
                int at = _random.NextInt32(Remembered);
                _batch.SetSample(s, Sample(at));
                _expected[s] = _rewards[at];
            }

            Network.Forward(_batch);
            for (int s = 0; s < size; s++) _batch.OutputGradient[s] = (_batch.Output[s] - _expected[s]) / size;
            Network.Backward(_batch, _gradients);
            _adam.Step(Network.Parameters, _gradients);
        }

        // Another representation: what was learned in the former one means nothing in it.
        _ridge.Reset();
        for (int at = 0; at < Remembered; at++)
        {
            Represent(Sample(at));
            _ridge.Learn(_hidden, _rewards[at]);
        }
    }

    // The last hidden layer, and a constant.
    private void Represent(ReadOnlySpan<float> x)
    {
        _one.SetSample(0, x[..Network.Shape.Inputs]);
        Network.Forward(_one);
        ReadOnlySpan<float> last = _one.Values(_one.LayerCount - 1);
        for (int i = 0; i < _hidden.Length - 1; i++) _hidden[i] = last[i * _one.Stride];
        _hidden[^1] = 1;
    }
}
