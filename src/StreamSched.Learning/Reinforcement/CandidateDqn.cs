using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Deep Q-learning as <see cref="Dqn"/>, for choices among candidates whose number changes: one network gives the value of choosing a candidate from its
/// features, so that permuting candidates permutes values. Transitions are added by whoever drives it, in any order. For one thread.
/// </summary>
public sealed class CandidateDqn
{
    // Rewards that the mean is over: those of several worlds.
    private const long MeanOver = 100_000;

    private readonly Network _target;
    private readonly Activations _one, _batch, _next, _nextTarget;
    private readonly Adam _adam;
    private readonly float[] _gradients, _chosen, _rewards, _nextFeatures;
    private readonly int[] _nextCounts;
    private readonly int[] _drawn;
    private readonly int _features;
    private RandomStream _random;
    private double _meanReward;

    /// <summary>A learner at its start.</summary>
    /// <param name="features">Features of a candidate, whatever they all share included.</param>
    /// <param name="maxCandidates">The most that a transition keeps.</param>
    /// <param name="options">Settings.</param>
    /// <param name="seed">Of first parameters and replay.</param>
    public CandidateDqn(int features, int maxCandidates, DqnOptions options, ulong seed)
    {
        (_features, MaxCandidates, Options) = (features, maxCandidates, options);
        Network = new Network(NetworkShape.Perceptron(features, options.Hidden, options.Activation, 1));
        RandomStream first = RandomStream.For(seed, "dqn parameters");
        Initialization.Uniform(Network, ref first);
        _target = Network.Clone();
        _one = new Activations(Network.Shape, maxCandidates);
        (_batch, _next, _nextTarget) = (new Activations(Network.Shape, options.BatchSize), new Activations(Network.Shape, 1), new Activations(Network.Shape, 1));
        _adam = new Adam(Network.Shape.ParameterCount, options.Adam);
        int capacity = options.ReplayCapacity;
        (_chosen, _rewards, _nextFeatures, _nextCounts) = (new float[capacity * features], new float[capacity], new float[capacity * maxCandidates * features], new int[capacity]);
        (_gradients, _drawn) = (new float[Network.Shape.ParameterCount], new int[options.BatchSize]);
        _random = RandomStream.For(seed, "dqn draws");
    }

    /// <summary>Settings.</summary>
    public DqnOptions Options { get; }

    /// <summary>The most candidates that a transition keeps.</summary>
    public int MaxCandidates { get; }

    /// <summary>From a candidate's features to the value of choosing it.</summary>
    public Network Network { get; }

    /// <summary>Transitions added.</summary>
    public long Steps { get; private set; }

    /// <summary>Share of random choices now.</summary>
    public float Exploration =>
        Options.FirstExploration + ((Options.LastExploration - Options.FirstExploration) * Math.Min(1, Steps / (float)Math.Max(1, Options.ExplorationSteps)));

    /// <summary>Loss of the last update; NaN before the first.</summary>
    public float LastLoss { get; private set; } = float.NaN;

    /// <summary>Adds what happened and learns when it is time to.</summary>
    /// <param name="chosen">Features of the candidate that was chosen.</param>
    /// <param name="reward">What it earned.</param>
    /// <param name="next">Features of the candidates of the next choice [count, features]; none: nothing more can be earned.</param>
    /// <param name="count">How many there are, at most <see cref="MaxCandidates"/>.</param>
    public void Add(ReadOnlySpan<float> chosen, float reward, ReadOnlySpan<float> next, int count)
    {
        int at = (int)(Steps++ % Options.ReplayCapacity);
        chosen[.._features].CopyTo(_chosen.AsSpan(at * _features));
        next[..(count * _features)].CopyTo(_nextFeatures.AsSpan(at * MaxCandidates * _features));
        (_rewards[at], _nextCounts[at]) = (reward, count);
        _meanReward += (reward - _meanReward) / Math.Min(Steps, MeanOver);
        if (Steps <= Options.LearningStarts) return;
        if (Steps % Options.TrainPeriod == 0) Learn();
        if (Steps % Options.TargetPeriod == 0) Network.Parameters.CopyTo(_target.Parameters);
    }

    /// <summary>Values of candidates.</summary>
    /// <param name="features">[count, features].</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Receives them.</param>
    public void Value(ReadOnlySpan<float> features, int count, Span<float> values) => Network.Values(_one, features, count, values);

    /// <summary>Writes everything that it needs to go on, the replay memory included.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        int stored = (int)Math.Min(Steps, Options.ReplayCapacity);
        checkpoint.Set<float>("dqn.parameters", Network.Parameters);
        checkpoint.Set<float>("dqn.target", _target.Parameters);
        checkpoint.Set("dqn.steps", (ulong)Steps);
        checkpoint.Set("dqn.random", _random.State);
        checkpoint.Set<double>("dqn.meanReward", [_meanReward]);
        checkpoint.Set<float>("dqn.replay.chosen", _chosen.AsSpan(0, stored * _features));
        checkpoint.Set<float>("dqn.replay.next", _nextFeatures.AsSpan(0, stored * MaxCandidates * _features));
        checkpoint.Set<float>("dqn.replay.rewards", _rewards.AsSpan(0, stored));
        checkpoint.Set<int>("dqn.replay.counts", _nextCounts.AsSpan(0, stored));
        _adam.Save(checkpoint, "dqn.adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public void Load(Checkpoint checkpoint)
    {
        checkpoint.Get("dqn.parameters", Network.Parameters);
        checkpoint.Get("dqn.target", _target.Parameters);
        Steps = (long)checkpoint.GetUInt64("dqn.steps");
        _random = new RandomStream(checkpoint.GetUInt64("dqn.random"));
        _meanReward = checkpoint.Get<double>("dqn.meanReward")[0];
        int stored = (int)Math.Min(Steps, Options.ReplayCapacity);
        checkpoint.Get("dqn.replay.chosen", _chosen.AsSpan(0, stored * _features));
        checkpoint.Get("dqn.replay.next", _nextFeatures.AsSpan(0, stored * MaxCandidates * _features));
        checkpoint.Get("dqn.replay.rewards", _rewards.AsSpan(0, stored));
        checkpoint.Get("dqn.replay.counts", _nextCounts.AsSpan(0, stored));
        _adam.Load(checkpoint, "dqn.adam");
    }

    private void Learn()
    {
        int stored = (int)Math.Min(Steps, Options.ReplayCapacity), candidates = 0;
        for (int s = 0; s < _drawn.Length; s++)
        {
            _drawn[s] = _random.NextInt32(stored);
            candidates += _nextCounts[_drawn[s]];
            _batch.SetSample(s, _chosen.AsSpan(_drawn[s] * _features, _features));
        }

        if (candidates > 0)
        {
            _next.Resize(candidates);
            _nextTarget.Resize(candidates);
            for (int s = 0, to = 0; s < _drawn.Length; s++)
                for (int i = 0; i < _nextCounts[_drawn[s]]; i++) _next.SetSample(to++, _nextFeatures.AsSpan(((_drawn[s] * MaxCandidates) + i) * _features, _features));
            _next.Input.CopyTo(_nextTarget.Input);
            _target.Forward(_nextTarget);
            if (Options.DoubleEstimator) Network.Forward(_next);
            else _target.Forward(_next);
        }

        Network.Forward(_batch);
        Span<float> gradient = _batch.OutputGradient;
        gradient.Clear();
        float loss = 0, mean = Options.CenterRewards ? (float)_meanReward : 0;
        for (int s = 0, from = 0; s < _drawn.Length; s++)
        {
            int count = _nextCounts[_drawn[s]], best = -1;
            float expected = _rewards[_drawn[s]] - mean;
            for (int i = from; i < from + count; i++)
                if (best < 0 || _next.Output[i] > _next.Output[best]) best = i;
            if (best >= 0) expected += Options.Discount * _nextTarget.Output[best];
            from += count;
            float error = _batch.Output[s] - expected;
            gradient[s] = 2 * error / _drawn.Length;
            loss += error * error;
        }

        LastLoss = loss / _drawn.Length;
        Network.Backward(_batch, _gradients);
        _adam.Step(Network.Parameters, _gradients);
    }
}
