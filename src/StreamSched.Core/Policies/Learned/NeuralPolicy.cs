using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// The price rule with what it assumes learned. One network for all candidates, on ratios (<see cref="FeatureEncoder.RatioLayout"/>), gives a correction to the
/// logit of the on-time curve and the logarithm of a factor on the price of delay; with both 0 it is the rule. Each candidate is scored by itself and by means
/// over all, so the order of candidates means nothing and their number is free.
/// </summary>
public sealed class NeuralPolicy : ISchedulingPolicy
{
    /// <summary>The note of a file that lets the scheduler go on learning from results: <c>true</c>.</summary>
    public const string OnlineNote = "online";

    private readonly PriceParameters _price;
    private readonly Activations _activations;

    /// <summary>A policy.</summary>
    /// <param name="network">[<see cref="FeatureEncoder.RatioFields"/>] to 2.</param>
    /// <param name="price">θ and T.</param>
    public NeuralPolicy(Network network, PriceParameters price)
    {
        if (network.Shape.Inputs != FeatureEncoder.RatioFields || network.Shape.Outputs != 2)
        {
            throw new PolicyFileException(
                $"a network of '{PolicyNames.Neural}' has {FeatureEncoder.RatioFields} inputs and 2 outputs, "
                + $"not {network.Shape.Inputs} and {network.Shape.Outputs}");
        }

        (Network, _price, FirstPass) = (network, price, new FirstPassRule(price, IsCorrected: true));
        _activations = new Activations(network.Shape, 64);
    }

    /// <inheritdoc/>
    public string Name => PolicyNames.Neural;

    /// <inheritdoc/>
    public WaitingRule Waiting => PriceRule.Waiting;

    /// <inheritdoc/>
    public FirstPassRule? FirstPass { get; }

    /// <summary>Whether the network is left out where the rule alone was better (<see cref="ClusterView.Trust"/>). Not while it is trained.</summary>
    internal bool IsGuarded { get; init; } = true;

    /// <summary>The network that serves: a value that is replaced whole, by whoever learns, and never changed.</summary>
    internal Network Network { get; set; }

    /// <summary>The shape of a network: what is enough for calibration and fits the time budget.</summary>
    public static NetworkShape Shape { get; } = NetworkShape.Perceptron(FeatureEncoder.RatioFields, [24, 16], Activation.Relu, 2);

    /// <summary>A network that leaves the rule as it is: hidden layers drawn, the last one zero.</summary>
    /// <param name="seed">Of what is drawn.</param>
    public static Network Untrained(ulong seed)
    {
        Network network = new(Shape);
        RandomStream random = RandomStream.For(seed, "neural network");
        Initialization.He(network, ref random);
        network.Weights(Shape.Layers.Count - 1).Clear();
        return network;
    }

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Candidates candidates = context.Candidates;
        if (!candidates.HasRatios) FeatureEncoder.EncodeRatios(candidates, context.View);
        _activations.Resize(candidates.Padded);
        candidates.Ratios.CopyTo(_activations.Input);
        ReadOnlySpan<float> corrections = Network.Forward(_activations);
        ReadOnlySpan<float> onTime = corrections[..candidates.Padded], delay = corrections.Slice(candidates.Padded, candidates.Padded);
        if (IsGuarded)
        {
            onTime.CopyTo(candidates.Correction);
            candidates.HasCorrection = true;
        }

        return PriceRule.Choose(ref context, _price, onTime, delay, IsGuarded ? context.View.TrustColumn : []);
    }

    /// <summary>Logarithm of the factor on a candidate's delay price in the last decision.</summary>
    internal float DelayFactor(int candidate) => _activations.Output[_activations.Stride + candidate];

    internal static ISchedulingPolicy Create(PolicyFile file, RuleConstants constants)
    {
        if (file.Memory is not null) throw new PolicyFileException($"a network of '{PolicyNames.Neural}' has no recurrent memory; the view remembers for it");
        return file.Metadata.Notes.GetValueOrDefault(OnlineNote) == "true"
            ? new LearningNeuralPolicy(file.Network, constants.Price) : new NeuralPolicy(file.Network, constants.Price);
    }
}
