using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies.Learned;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Deep Q-learning (Mnih et al. 2015) with the double estimator (van Hasselt, Guez, Silver 2016), a target network, uniform replay, and exploration that falls
/// linearly. Masked actions are neither chosen nor valued. For one thread.
/// </summary>
public sealed class Dqn : DeepQLearner, IWindowLearner
{
    private readonly Activations _one, _next, _nextTarget;
    private readonly ReplayRing _replay;
    private readonly float[] _scores, _expected;
    private readonly int[] _outputs;

    /// <summary>A learner at its start.</summary>
    /// <param name="observationSize">Length of an observation.</param>
    /// <param name="actions">Number of actions.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="seed">Of first parameters, exploration and replay.</param>
    public Dqn(int observationSize, int actions, DqnSettings settings, ulong seed)
        : base(NetworkShape.Perceptron(observationSize, settings.Hidden, settings.Activation, actions), settings, seed)
    {
        (_one, _next, _nextTarget) =
            (new Activations(Network.Shape, 1), new Activations(Network.Shape, settings.BatchSize), new Activations(Network.Shape, settings.BatchSize));
        _replay = new ReplayRing(settings.ReplayCapacity, observationSize, actions);
        (_scores, _outputs, _expected) = (new float[actions], new int[settings.BatchSize], new float[settings.BatchSize]);
    }

    /// <summary>Chooses an action: a random allowed one with the probability <see cref="DeepQLearner.Exploration"/>, else the best.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all are allowed.</param>
    public int Act(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask)
    {
        if (Random.NextSingle() >= Exploration) return Best(observation, mask);
        int allowed = 0, chosen = -1;
        for (int a = 0; a < _scores.Length; a++)
            if (Categorical.Allowed(mask, a) && Random.NextInt32(++allowed) == 0) chosen = a;
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
        Added();
    }

    /// <inheritdoc/>
    public override void Save(Checkpoint checkpoint)
    {
        base.Save(checkpoint);
        _replay.Save(checkpoint, "dqn.replay");
    }

    /// <inheritdoc/>
    public override void Load(Checkpoint checkpoint)
    {
        base.Load(checkpoint);
        _replay.Load(checkpoint, "dqn.replay");
    }

    private protected override void Learn()
    {
        for (int s = 0; s < Drawn.Length; s++)
        {
            int at = Drawn[s] = _replay.Draw(ref Random);
            Batch.SetSample(s, _replay.Observation(at));
            _nextTarget.SetSample(s, _replay.Next(at));
        }

        Target.Forward(_nextTarget);
        if (Settings.DoubleEstimator)
        {
            _nextTarget.Input.CopyTo(_next.Input);
            Network.Forward(_next);
        }

        for (int s = 0; s < Drawn.Length; s++)
        {
            (int action, float reward, bool terminated) = _replay.Transition(Drawn[s]);
            (_outputs[s], _expected[s]) = ((action * Batch.Stride) + s, reward);
            if (!terminated && Best(Settings.DoubleEstimator ? _next : _nextTarget, s, _replay.NextMask(Drawn[s])) is >= 0 and int best)
                _expected[s] += Settings.Discount * _nextTarget.Output[(best * _nextTarget.Stride) + s];
        }

        Step(_outputs, _expected);
    }

    private int Best(Activations activations, int sample, ReadOnlySpan<bool> mask)
    {
        for (int a = 0; a < _scores.Length; a++) _scores[a] = activations.Output[(a * activations.Stride) + sample];
        return Categorical.Best(_scores, mask);
    }
}
