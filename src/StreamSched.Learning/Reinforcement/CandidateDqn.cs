using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Deep Q-learning as <see cref="Dqn"/>, for choices among candidates whose number changes: one network gives the value of choosing a candidate from its
/// features, so that permuting candidates permutes values. Transitions are added by whoever drives it, in any order. For one thread.
/// </summary>
public sealed class CandidateDqn : DeepQLearner
{
    // Rewards that the mean is over: those of several worlds.
    private const long MeanOver = 100_000;

    private readonly Activations _one, _next, _nextTarget;
    private readonly float[] _chosen, _rewards, _nextFeatures, _expected;
    private readonly int[] _nextCounts, _outputs;
    private readonly int _features, _known;
    private double _meanReward;

    /// <summary>A learner at its start.</summary>
    /// <param name="features">Features of a candidate, whatever they all share included.</param>
    /// <param name="maxCandidates">The most that a transition keeps.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="seed">Of first parameters and replay.</param>
    /// <param name="known">A feature that is a known part of the value: the network gives what is to be added to it, nothing at the start. Negative:
    /// none.</param>
    public CandidateDqn(int features, int maxCandidates, DqnSettings settings, ulong seed, int known = -1)
        : base(NetworkShape.Perceptron(features, settings.Hidden, settings.Activation, 1), settings, seed)
    {
        (_features, MaxCandidates, _known) = (features, maxCandidates, known);
        (_one, _next, _nextTarget) = (new Activations(Network.Shape, maxCandidates), new Activations(Network.Shape, 1), new Activations(Network.Shape, 1));
        int capacity = settings.ReplayCapacity;
        (_chosen, _rewards, _nextFeatures, _nextCounts) =
            (new float[capacity * features], new float[capacity], new float[capacity * maxCandidates * features], new int[capacity]);
        _expected = new float[settings.BatchSize];
        if (known >= 0)
        {
            int last = Network.Shape.Layers.Count - 1;
            foreach (Network network in (Network[])[Network, Target])
            {
                network.Weights(last).Clear();
                network.Biases(last).Clear();
            }
        }

        _outputs = [.. Enumerable.Range(0, settings.BatchSize)]; // a network with one output has one for each sample
    }

    /// <summary>The most candidates that a transition keeps.</summary>
    public int MaxCandidates { get; }

    private int Stored => (int)Math.Min(Steps, Settings.ReplayCapacity);

    /// <summary>Adds what happened and learns when it is time to.</summary>
    /// <param name="chosen">Features of the candidate that was chosen.</param>
    /// <param name="reward">What it earned.</param>
    /// <param name="next">Features of the candidates of the next choice [count, features]; none: nothing more can be earned.</param>
    /// <param name="count">How many there are, at most <see cref="MaxCandidates"/>.</param>
    public void Add(ReadOnlySpan<float> chosen, float reward, ReadOnlySpan<float> next, int count)
    {
        int at = (int)(Steps % Settings.ReplayCapacity);
        chosen[.._features].CopyTo(_chosen.AsSpan(at * _features));
        next[..(count * _features)].CopyTo(_nextFeatures.AsSpan(at * MaxCandidates * _features));
        (_rewards[at], _nextCounts[at]) = (reward, count);
        _meanReward += (reward - _meanReward) / Math.Min(Steps + 1, MeanOver);
        Added();
    }

    /// <summary>Values of candidates.</summary>
    /// <param name="features">[count, features].</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Receives them.</param>
    public void Value(ReadOnlySpan<float> features, int count, Span<float> values)
    {
        Network.Values(_one, features, count, values);
        for (int i = 0; i < count; i++) values[i] += Known(features, i);
    }

    /// <inheritdoc/>
    public override void Save(Checkpoint checkpoint)
    {
        base.Save(checkpoint);
        checkpoint.Set<double>("dqn.meanReward", [_meanReward]);
        checkpoint.Set<float>("dqn.replay.chosen", _chosen.AsSpan(0, Stored * _features));
        checkpoint.Set<float>("dqn.replay.next", _nextFeatures.AsSpan(0, Stored * MaxCandidates * _features));
        checkpoint.Set<float>("dqn.replay.rewards", _rewards.AsSpan(0, Stored));
        checkpoint.Set<int>("dqn.replay.counts", _nextCounts.AsSpan(0, Stored));
    }

    /// <inheritdoc/>
    public override void Load(Checkpoint checkpoint)
    {
        base.Load(checkpoint);
        _meanReward = checkpoint.Get<double>("dqn.meanReward")[0];
        checkpoint.Get("dqn.replay.chosen", _chosen.AsSpan(0, Stored * _features));
        checkpoint.Get("dqn.replay.next", _nextFeatures.AsSpan(0, Stored * MaxCandidates * _features));
        checkpoint.Get("dqn.replay.rewards", _rewards.AsSpan(0, Stored));
        checkpoint.Get("dqn.replay.counts", _nextCounts.AsSpan(0, Stored));
    }

    private protected override void Learn()
    {
        int candidates = 0;
        for (int s = 0; s < Drawn.Length; s++)
        {
            Drawn[s] = Random.NextInt32(Stored);
            candidates += _nextCounts[Drawn[s]];
            Batch.SetSample(s, _chosen.AsSpan(Drawn[s] * _features, _features));
        }

        if (candidates > 0)
        {
            _next.Resize(candidates);
            _nextTarget.Resize(candidates);
            for (int s = 0, to = 0; s < Drawn.Length; s++)
                for (int i = 0; i < _nextCounts[Drawn[s]]; i++)
                    _next.SetSample(to++, _nextFeatures.AsSpan(((Drawn[s] * MaxCandidates) + i) * _features, _features));
            _next.Input.CopyTo(_nextTarget.Input);
            Target.Forward(_nextTarget);
            if (Settings.DoubleEstimator) Network.Forward(_next);
            else Target.Forward(_next);
        }

        float mean = Settings.CenterRewards ? (float)_meanReward : 0;
        for (int s = 0, from = 0; s < Drawn.Length; s++)
        {
            int count = _nextCounts[Drawn[s]], best = -1;
            _expected[s] = _rewards[Drawn[s]] - mean - Known(_chosen, Drawn[s]);
            ReadOnlySpan<float> next = _nextFeatures.AsSpan(Drawn[s] * MaxCandidates * _features);
            float highest = float.NegativeInfinity;
            for (int i = from; i < from + count; i++)
            {
                float value = _next.Output[i] + Known(next, i - from);
                if (value > highest) (best, highest) = (i, value);
            }

            if (best >= 0) _expected[s] += Settings.Discount * (_nextTarget.Output[best] + Known(next, best - from));
            from += count;
        }

        Step(_outputs, _expected);
    }

    private float Known(ReadOnlySpan<float> rows, int row) => _known < 0 ? 0 : rows[(row * _features) + _known];
}
