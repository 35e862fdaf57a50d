using StreamSched.Core.Networks;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Learning.Online;

/// <summary>
/// What learners by deep Q-learning over the log have in common: each scheduler's decisions in their order, the network that serves beside the one that learns,
/// and that the latter is given up where it has become clearly worse.
/// </summary>
/// <typeparam name="TLearner">How it learns.</typeparam>
/// <typeparam name="TLine">What is kept of a scheduler's sequence.</typeparam>
internal abstract class DeepQOnlineLearner<TLearner, TLine> : IOnlineLearner
    where TLearner : DeepQLearner
{
    private readonly DecisionOrder _order;
    private readonly HeldOutLosses _losses;
    private readonly DqnSettings _settings;
    private readonly Func<DqnSettings, TLearner> _create;
    private readonly Dictionary<string, TLine> _lines = new(StringComparer.Ordinal);
    private Activations _one, _other;

    /// <summary>A learner that goes on from what serves.</summary>
    /// <param name="kind">The policy.</param>
    /// <param name="champion">Its file.</param>
    /// <param name="settings">How it learns, but for the shape of the network.</param>
    /// <param name="losses">Takes how well either network foretells.</param>
    /// <param name="create">Makes a learner at its start, with a network of that shape.</param>
    private protected DeepQOnlineLearner(
        string kind, PolicyFile champion, DqnSettings settings, HeldOutLosses losses, Func<DqnSettings, TLearner> create)
    {
        (_settings, _losses, _create) = (settings, losses, create);
        _order = new DecisionOrder(kind, (scheduler, decision) => Take(LineOf(scheduler), decision));
        (Champion, Candidate) = (champion, Continue(champion.Network));
        (_one, _other) = (new Activations(champion.Network.Shape, 1), new Activations(Candidate.Network.Shape, 1));
    }

    private protected PolicyFile Champion { get; private set; }

    private protected TLearner Candidate { get; private set; }

    /// <inheritdoc/>
    public LearnedPeriod? Add(in LiveOutcome outcome, long now)
    {
        _order.Add(outcome);
        LearnedPeriod? period = _losses.End(now);
        if (period is { } over && _losses.IsClearlyWorse(over.Score)) Restart();
        return period;
    }

    /// <inheritdoc/>
    public void Begin(LoadedPolicy? champion)
    {
        if (champion?.File is not { } file) return;
        (Champion, _one) = (file, new Activations(file.Network.Shape, 1));
        if (!Candidate.Network.HasShapeOf(file.Network)) Restart();
    }

    /// <inheritdoc/>
    public abstract PolicyFile File(PolicyMetadata about);

    // The sequence of a scheduler at its start.
    private protected abstract TLine Begin(ReturnErrors errors);

    private protected abstract void Take(TLine line, LearnedDecision decision);

    // By the network that serves and by the one that learns.
    private protected (float Champion, float Candidate) ValuesOf(ReadOnlySpan<float> features, int output = 0) =>
        (Value(Champion.Network, _one, features, output), Value(Candidate.Network, _other, features, output));

    private static float Value(Network network, Activations one, ReadOnlySpan<float> features, int output)
    {
        one.SetSample(0, features);
        return network.Forward(one)[output * one.Stride];
    }

    private TLine LineOf(string scheduler)
    {
        if (!_lines.TryGetValue(scheduler, out TLine? line)) _lines[scheduler] = line = Begin(new ReturnErrors(_losses, _settings.Discount));
        return line;
    }

    private void Restart()
    {
        Candidate = Continue(Champion.Network);
        _other = new Activations(Candidate.Network.Shape, 1);
    }

    private TLearner Continue(Network network)
    {
        IReadOnlyList<LayerShape> layers = network.Shape.Layers;
        TLearner learner = _create(_settings with { Hidden = [.. layers.SkipLast(1).Select(l => l.Outputs)], Activation = layers[0].Activation });
        learner.GoOnFrom(network);
        return learner;
    }
}
