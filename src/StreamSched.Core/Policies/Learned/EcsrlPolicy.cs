using StreamSched.Core.Networks;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Device and variant of the highest value: the predicted energy and completion time of the request, and what a network learned from results to add to it by
/// deep Q-learning (ECSRL, SenSys 2021). Never refuses.
/// </summary>
public sealed class EcsrlPolicy : IFeaturePolicy
{
    /// <summary>The name that files and records give it.</summary>
    public const string Kind = "ecsrl";

    private readonly Network _network;
    private readonly Activations _activations;
    private readonly FeasibleRows _rows = new();
    private float[] _features = [];

    internal EcsrlPolicy(Network network) => (_network, _activations) = (network, new Activations(network.Shape, 64));

    /// <inheritdoc/>
    public string Name => Kind;

    /// <summary>What was computed for the feasible candidates of the last request [rows, features].</summary>
    internal ReadOnlySpan<float> Features => _features.AsSpan(0, _rows.Count * EcsrlFeatures.Count);

    /// <summary>What was computed for one of them [features].</summary>
    /// <param name="candidate">Its index, that of a feasible one.</param>
    internal ReadOnlySpan<float> FeaturesOf(int candidate) => _features.AsSpan(_rows[candidate] * EcsrlFeatures.Count, EcsrlFeatures.Count);

    /// <inheritdoc/>
    int IFeaturePolicy.FeatureLayout => EcsrlFeatures.Layout;

    /// <inheritdoc/>
    ReadOnlySpan<float> IFeaturePolicy.SeenOf(int candidate) => FeaturesOf(candidate);

    /// <summary>The policy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">Its network does not fit.</exception>
    public static EcsrlPolicy Of(PolicyFile file) => file.Network.Shape.Inputs == EcsrlFeatures.Count && file.Network.Shape.Outputs == 1
        ? new EcsrlPolicy(file.Network)
        : throw new PolicyFileException(
            $"'{Kind}' has {EcsrlFeatures.Count} features and one output; the network has {file.Network.Shape.Inputs} and {file.Network.Shape.Outputs}");

    /// <summary>A file of this kind.</summary>
    /// <param name="network">The network.</param>
    /// <param name="about">Metadata; features and their layout are added.</param>
    public static PolicyFile File(Network network, PolicyMetadata about) =>
        new(network.Clone(), about with { Name = Kind, FeatureLayout = EcsrlFeatures.Layout, Features = EcsrlFeatures.Names });

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        _rows.Number(c);
        int needed = _rows.Count * EcsrlFeatures.Count;
        if (_features.Length < needed) _features = new float[2 * needed];
        EcsrlFeatures.Encode(context.Request, c, context.View, _rows, _features);
        _network.Values(_activations, _features, _rows.Count, _rows.Values);
        for (int row = 0; row < _rows.Count; row++) _rows.Values[row] += _features[(row * EcsrlFeatures.Count) + EcsrlFeatures.Predicted];
        _rows.Score(c);
        int best = Ranking.Best(c);
        return new Choice(best < 0 ? Ranking.Nth(c, 0) : best);
    }
}
