using StreamSched.Core.Networks;

namespace StreamSched.Core.OnlineLearning;

/// <summary>
/// Trains the first result of a network as a correction to a given logit, on the logarithmic score of the probability that comes of both: a network of zeros
/// leaves the given probability as it is, so that learning starts from the rule and can only be evaluated against it.
/// </summary>
public sealed class ResidualTrainer
{
    private readonly Activations _batch;
    private readonly Adam _adam;
    private readonly float[] _gradients;
    private readonly bool _lastLayerOnly;

    /// <summary>A trainer.</summary>
    /// <param name="network">Its first result is the correction; others are left alone.</param>
    /// <param name="adam">The optimiser.</param>
    /// <param name="lastLayerOnly">Whether only the last layer moves: a convex problem, for learning online.</param>
    public ResidualTrainer(Network network, AdamSettings adam, bool lastLayerOnly = false)
    {
        (Network, _lastLayerOnly) = (network, lastLayerOnly);
        _batch = new Activations(network.Shape, 256);
        _adam = new Adam(network.Shape.ParameterCount, adam);
        _gradients = new float[network.Shape.ParameterCount];
    }

    /// <summary>What learns.</summary>
    public Network Network { get; }

    /// <summary>One step.</summary>
    /// <param name="features">[samples, inputs].</param>
    /// <param name="logits">[samples]: what is corrected.</param>
    /// <param name="outcomes">[samples], 0 or 1.</param>
    /// <param name="learningRate">Instead of the one in the settings.</param>
    /// <returns>Mean of the score before the step.</returns>
    public float Fit(ReadOnlySpan<float> features, ReadOnlySpan<float> logits, ReadOnlySpan<float> outcomes, float? learningRate = null)
    {
        float loss = Gradient(features, logits, outcomes, _gradients);
        if (_lastLayerOnly)
        {
            int last = Network.Shape.Layers[^1].Outputs * (Network.Shape.Layers.Count == 1 ? Network.Shape.Inputs + 1 : Network.Shape.Layers[^2].Outputs + 1);
            _gradients.AsSpan(0, _gradients.Length - last).Clear();
        }

        _adam.Step(Network.Parameters, _gradients, learningRate);
        return loss;
    }

    /// <summary>Writes the parameters and the optimiser.</summary>
    /// <param name="checkpoint">Where to.</param>
    /// <param name="key">Name of this trainer in it.</param>
    public void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set<float>(key + ".parameters", Network.Parameters);
        _adam.Save(checkpoint, key + ".adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <param name="key">Name of this trainer in it.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".parameters", Network.Parameters);
        _adam.Load(checkpoint, key + ".adam");
    }

    internal float Gradient(ReadOnlySpan<float> features, ReadOnlySpan<float> logits, ReadOnlySpan<float> outcomes, Span<float> gradients)
    {
        int samples = outcomes.Length, inputs = Network.Shape.Inputs;
        if (samples == 0) return 0;
        _batch.Resize(samples);
        for (int s = 0; s < samples; s++) _batch.SetSample(s, features.Slice(s * inputs, inputs));
        Network.Forward(_batch);
        Span<float> gradient = _batch.OutputGradient;
        gradient.Clear();
        float loss = 0;
        for (int s = 0; s < samples; s++)
        {
            float logit = logits[s] + _batch.Output[s];
            loss += LogarithmicScore.Loss(logit, outcomes[s]) / samples;
            gradient[s] = (LogarithmicScore.Probability(logit) - outcomes[s]) / samples;
        }

        Network.Backward(_batch, gradients);
        return loss;
    }
}
