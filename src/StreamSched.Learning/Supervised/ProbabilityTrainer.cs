using StreamSched.Core.Policies;
using StreamSched.Learning.Networks;
using StreamSched.Learning.Optimization;

namespace StreamSched.Learning.Supervised;

/// <summary>
/// Trains a network whose one output is a probability, from outcomes as they come (<see cref="Add"/>) or on given batches (<see cref="Step"/>). The network may
/// be evaluated between calls by others on the same thread.
/// </summary>
public sealed class ProbabilityTrainer
{
    private readonly Network _logits;
    private readonly Activations _batch;
    private readonly Adam _adam;
    private readonly float[] _gradients, _features, _outcomes, _weights, _batchFeatures, _batchOutcomes, _batchWeights;
    private RandomStream _random;

    /// <summary>A trainer.</summary>
    /// <param name="network">With one output, a <see cref="Activation.Sigmoid"/>; initialised.</param>
    /// <param name="options">Settings.</param>
    /// <param name="seed">Of what steps draw.</param>
    /// <exception cref="ArgumentException">The network does not end in one probability.</exception>
    public ProbabilityTrainer(Network network, ProbabilityOptions options, ulong seed)
    {
        NetworkShape shape = network.Shape;
        if (shape.Layers[^1] != new LayerShape(1, Activation.Sigmoid)) throw new ArgumentException("the network must end in one sigmoid", nameof(network));
        (Network, Options) = (network, options);

        // The same parameters without the last sigmoid: the loss is computed from the sum, where it neither overflows nor vanishes.
        _logits = new Network(new NetworkShape(shape.Inputs, [.. shape.Layers.SkipLast(1), new LayerShape(1, Activation.Identity)]), network.Memory);
        _batch = new Activations(_logits.Shape, options.BatchSize);
        _adam = new Adam(shape.ParameterCount, options.Adam);
        _gradients = new float[shape.ParameterCount];
        (_features, _outcomes, _weights) = (new float[options.Memory * shape.Inputs], new float[options.Memory], new float[options.Memory]);
        (_batchFeatures, _batchOutcomes, _batchWeights) = (new float[options.BatchSize * shape.Inputs], new float[options.BatchSize], new float[options.BatchSize]);
        _random = RandomStream.For(seed, "probability batches");
    }

    /// <summary>What learns.</summary>
    public Network Network { get; }

    /// <summary>Settings.</summary>
    public ProbabilityOptions Options { get; }

    /// <summary>Outcomes added.</summary>
    public long Count { get; private set; }

    /// <summary>Loss of the last step, before it; NaN before the first.</summary>
    public float LastLoss { get; private set; } = float.NaN;

    /// <summary>Adds an outcome, and takes a step when it is time to. One with numbers that are none is ignored.</summary>
    /// <param name="features">[inputs], as they were at the prediction.</param>
    /// <param name="outcome">1: it happened; 0: it did not; between: a share.</param>
    /// <param name="weight">How much it counts, not negative.</param>
    public void Add(ReadOnlySpan<float> features, float outcome, float weight = 1)
    {
        int inputs = Network.Shape.Inputs;
        foreach (float f in features[..inputs])
            if (!float.IsFinite(f)) return;
        if (!(outcome is >= 0 and <= 1) || !(weight >= 0) || !float.IsFinite(weight)) return;
        int at = (int)(Count++ % Options.Memory);
        features[..inputs].CopyTo(_features.AsSpan(at * inputs));
        (_outcomes[at], _weights[at]) = (outcome, weight);
        if (Count < Options.BatchSize || Count % Options.Period != 0) return;
        int remembered = (int)Math.Min(Count, Options.Memory);
        for (int s = 0; s < Options.BatchSize; s++)
        {
            int drawn = _random.NextInt32(remembered);
            _features.AsSpan(drawn * inputs, inputs).CopyTo(_batchFeatures.AsSpan(s * inputs));
            (_batchOutcomes[s], _batchWeights[s]) = (_outcomes[drawn], _weights[drawn]);
        }

        Step(_batchFeatures, _batchOutcomes, _batchWeights);
    }

    /// <summary>One step on a batch.</summary>
    /// <param name="features">[samples, inputs].</param>
    /// <param name="outcomes">[samples], each in 0..1.</param>
    /// <param name="weights">[samples]; empty: all equal.</param>
    /// <param name="learningRate">Instead of the one in the settings.</param>
    /// <returns>Weighted mean of the score before the step.</returns>
    public float Step(ReadOnlySpan<float> features, ReadOnlySpan<float> outcomes, ReadOnlySpan<float> weights = default, float? learningRate = null)
    {
        LastLoss = Gradient(features, outcomes, weights, _gradients);
        _adam.Step(Network.Parameters, _gradients, learningRate);
        return LastLoss;
    }

    /// <summary>Writes everything that it needs to go on.</summary>
    /// <param name="checkpoint">Where to.</param>
    /// <param name="key">Name of this trainer in it.</param>
    public void Save(Checkpoint checkpoint, string key)
    {
        checkpoint.Set<float>(key + ".parameters", Network.Parameters);
        checkpoint.Set(key + ".features", _features);
        checkpoint.Set(key + ".outcomes", _outcomes);
        checkpoint.Set(key + ".weights", _weights);
        checkpoint.Set(key + ".count", (ulong)Count);
        checkpoint.Set(key + ".random", _random.State);
        _adam.Save(checkpoint, key + ".adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <param name="key">Name of this trainer in it.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint, string key)
    {
        checkpoint.Get(key + ".parameters", Network.Parameters);
        checkpoint.Get(key + ".features", _features.AsSpan());
        checkpoint.Get(key + ".outcomes", _outcomes.AsSpan());
        checkpoint.Get(key + ".weights", _weights.AsSpan());
        Count = (long)checkpoint.GetUInt64(key + ".count");
        _random = new RandomStream(checkpoint.GetUInt64(key + ".random"));
        _adam.Load(checkpoint, key + ".adam");
    }

    internal float Gradient(ReadOnlySpan<float> features, ReadOnlySpan<float> outcomes, ReadOnlySpan<float> weights, Span<float> gradients)
    {
        int samples = outcomes.Length, inputs = Network.Shape.Inputs;
        _batch.Resize(samples);
        float sum = 0, loss = 0;
        for (int s = 0; s < samples; s++)
        {
            _batch.SetSample(s, features.Slice(s * inputs, inputs));
            sum += weights.IsEmpty ? 1 : weights[s];
        }

        if (!(sum > 0)) return 0;
        _logits.Forward(_batch);
        for (int s = 0; s < samples; s++)
        {
            float logit = _batch.Output[s], outcome = outcomes[s], weight = (weights.IsEmpty ? 1 : weights[s]) / sum, p = LogarithmicScore.Probability(logit);
            if (Options.Score == ProperScore.Logarithmic)
            {
                loss += weight * LogarithmicScore.Loss(logit, outcome);
                _batch.OutputGradient[s] = weight * (p - outcome);
            }
            else
            {
                loss += weight * (p - outcome) * (p - outcome);
                _batch.OutputGradient[s] = weight * 2 * (p - outcome) * p * (1 - p);
            }
        }

        _logits.Backward(_batch, gradients);
        return loss;
    }
}
