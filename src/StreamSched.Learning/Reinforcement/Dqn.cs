using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Deep Q-learning (Mnih et al. 2015) with the double estimator (van Hasselt, Guez, Silver 2016), a target network, uniform replay, and exploration that falls
/// linearly. Masked actions are neither chosen nor valued. For one thread.
/// </summary>
public sealed class Dqn : IWindowLearner
{
    private readonly Network _target;
    private readonly Activations _one, _batch, _next, _nextTarget;
    private readonly Adam _adam;
    private readonly ReplayRing _replay;
    private readonly float[] _gradients, _scores;
    private readonly int[] _drawn;
    private RandomStream _random;

    /// <summary>A learner at its start.</summary>
    /// <param name="observationSize">Length of an observation.</param>
    /// <param name="actions">Number of actions.</param>
    /// <param name="options">Settings.</param>
    /// <param name="seed">Of first parameters, exploration and replay.</param>
    public Dqn(int observationSize, int actions, DqnOptions options, ulong seed)
    {
        Options = options;
        Network = new Network(NetworkShape.Perceptron(observationSize, options.Hidden, options.Activation, actions));
        RandomStream first = RandomStream.For(seed, "dqn parameters");
        Initialization.Uniform(Network, ref first);
        _target = Network.Clone();
        _one = new Activations(Network.Shape, 1);
        (_batch, _next, _nextTarget) = (new Activations(Network.Shape, options.BatchSize), new Activations(Network.Shape, options.BatchSize), new Activations(Network.Shape, options.BatchSize));
        _adam = new Adam(Network.Shape.ParameterCount, options.Adam);
        _replay = new ReplayRing(options.ReplayCapacity, observationSize, actions);
        (_gradients, _scores, _drawn) = (new float[Network.Shape.ParameterCount], new float[actions], new int[options.BatchSize]);
        _random = RandomStream.For(seed, "dqn draws");
    }

    /// <summary>Settings.</summary>
    public DqnOptions Options { get; }

    /// <summary>From an observation to the value of each action.</summary>
    public Network Network { get; }

    /// <summary>Transitions added.</summary>
    public long Steps { get; private set; }

    /// <summary>Share of random actions now.</summary>
    public float Exploration =>
        Options.FirstExploration + ((Options.LastExploration - Options.FirstExploration) * Math.Min(1, Steps / (float)Math.Max(1, Options.ExplorationSteps)));

    /// <summary>Loss of the last update; NaN before the first.</summary>
    public float LastLoss { get; private set; } = float.NaN;

    /// <summary>Chooses an action: a random allowed one with the probability <see cref="Exploration"/>, else the best.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all are allowed.</param>
    public int Act(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask)
    {
        if (_random.NextSingle() >= Exploration) return Best(observation, mask);
        int allowed = 0, chosen = -1;
        for (int a = 0; a < _scores.Length; a++)
            if (Categorical.Allowed(mask, a) && _random.NextInt32(++allowed) == 0) chosen = a;
        return chosen;
    }

    /// <summary>The action of the highest value; -1 if none is allowed.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all are allowed.</param>
    public int Best(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask)
    {
        _one.SetSample(0, observation);
        Network.Forward(_one);
        return Best(_one, 0, mask);
    }

    /// <summary>Adds what happened and learns when it is time to.</summary>
    /// <param name="observation">Before.</param>
    /// <param name="action">What was done.</param>
    /// <param name="reward">What it earned.</param>
    /// <param name="after">After.</param>
    /// <param name="afterMask">What is allowed after; empty: everything.</param>
    /// <param name="terminated">Nothing more can be earned. An episode that was only cut off is not terminated.</param>
    public void Add(ReadOnlySpan<float> observation, int action, float reward, ReadOnlySpan<float> after, ReadOnlySpan<bool> afterMask, bool terminated)
    {
        _replay.Add(observation, action, reward, after, afterMask, terminated);
        Steps++;
        if (Steps <= Options.LearningStarts) return;
        if (Steps % Options.TrainPeriod == 0) Learn();
        if (Steps % Options.TargetPeriod == 0) Network.Parameters.CopyTo(_target.Parameters);
    }

    /// <summary>Writes everything that it needs to go on, the replay memory included.</summary>
    /// <param name="checkpoint">Where to.</param>
    public void Save(Checkpoint checkpoint)
    {
        checkpoint.Set<float>("dqn.parameters", Network.Parameters);
        checkpoint.Set<float>("dqn.target", _target.Parameters);
        checkpoint.Set("dqn.steps", (ulong)Steps);
        checkpoint.Set("dqn.random", _random.State);
        _adam.Save(checkpoint, "dqn.adam");
        _replay.Save(checkpoint, "dqn.replay");
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
        _adam.Load(checkpoint, "dqn.adam");
        _replay.Load(checkpoint, "dqn.replay");
    }

    private void Learn()
    {
        for (int s = 0; s < _drawn.Length; s++)
        {
            int at = _drawn[s] = _replay.Draw(ref _random);
            _batch.SetSample(s, _replay.Observation(at));
            _nextTarget.SetSample(s, _replay.Next(at));
        }

        _target.Forward(_nextTarget);
        if (Options.DoubleEstimator)
        {
            _nextTarget.Input.CopyTo(_next.Input);
            Network.Forward(_next);
        }

        Network.Forward(_batch);
        Span<float> gradient = _batch.OutputGradient;
        gradient.Clear();
        float loss = 0;
        for (int s = 0; s < _drawn.Length; s++)
        {
            (int action, float reward, bool terminated) = _replay.Transition(_drawn[s]);
            float expected = reward;
            if (!terminated && Best(Options.DoubleEstimator ? _next : _nextTarget, s, _replay.NextMask(_drawn[s])) is >= 0 and int best)
                expected += Options.Discount * _nextTarget.Output[(best * _nextTarget.Stride) + s];
            int at = (action * _batch.Stride) + s;
            float error = _batch.Output[at] - expected;
            gradient[at] = 2 * error / _drawn.Length;
            loss += error * error;
        }

        LastLoss = loss / _drawn.Length;
        Network.Backward(_batch, _gradients);
        _adam.Step(Network.Parameters, _gradients);
    }

    private int Best(Activations activations, int sample, ReadOnlySpan<bool> mask)
    {
        for (int a = 0; a < _scores.Length; a++) _scores[a] = activations.Output[(a * activations.Stride) + sample];
        return Categorical.Best(_scores, mask);
    }
}
