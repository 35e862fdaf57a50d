using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Files;
using StreamSched.Learning.Networks;

namespace StreamSched.Learning.Policies;

/// <summary>Device and variant of the highest value, as a network learned it from results by deep Q-learning (ECSRL, SenSys 2021). Never refuses.</summary>
public sealed class EcsrlPolicy : ISchedulingPolicy
{
    /// <summary>The name that files and records give it.</summary>
    public const string Kind = "ecsrl";

    private readonly Network _network;
    private readonly Activations _activations;
    private float[] _features = [];

    internal EcsrlPolicy(Network network) => (_network, _activations) = (network, new Activations(network.Shape, 64));

    /// <inheritdoc/>
    public string Name => Kind;

    /// <summary>What was computed for the last request [candidates, features]; only feasible ones count.</summary>
    internal ReadOnlySpan<float> Features => _features;

    /// <summary>The policy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="PolicyFileException">Its network does not fit.</exception>
    public static EcsrlPolicy Of(PolicyFile file) => file.Network.Shape.Inputs == EcsrlFeatures.Count && file.Network.Shape.Outputs == 1
        ? new EcsrlPolicy(file.Network)
        : throw new PolicyFileException($"'{Kind}' has {EcsrlFeatures.Count} features and one output; the network has {file.Network.Shape.Inputs} and {file.Network.Shape.Outputs}");

    /// <summary>A file of this kind.</summary>
    /// <param name="network">The network.</param>
    /// <param name="about">Metadata; features and their layout are added.</param>
    public static PolicyFile File(Network network, PolicyMetadata about) =>
        new(network.Clone(), about with { Name = Kind, FeatureLayout = EcsrlFeatures.Layout, Features = EcsrlFeatures.Names });

    /// <inheritdoc/>
    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        int width = EcsrlFeatures.Count, rows = 0;
        if (_features.Length < c.Count * width) _features = new float[2 * c.Count * width];
        EcsrlFeatures.Encode(context.Request, c, context.View, _features);
        _activations.Resize(c.Feasible);
        ReadOnlySpan<int> mask = c.Mask;
        for (int i = 0; i < c.Count; i++)
            if (mask[i] != 0) _activations.SetSample(rows++, _features.AsSpan(i * width, width));
        ReadOnlySpan<float> values = _network.Forward(_activations);
        Span<float> score = c.Score;
        score.Clear();
        rows = 0;
        for (int i = 0; i < c.Count; i++)
            if (mask[i] != 0) score[i] = values[rows++];
        int best = Ranking.Best(c);
        return new Choice(best < 0 ? Ranking.Nth(c, 0) : best);
    }
}
