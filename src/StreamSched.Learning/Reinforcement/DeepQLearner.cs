using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// Deep Q-learning (Mnih et al. 2015) as far as it does not matter what is chosen among: the network and its target, exploration that falls linearly, when it
/// learns, and a step against squared errors. For one thread.
/// </summary>
public abstract class DeepQLearner
{
    private readonly Adam _adam;
    private readonly float[] _gradients;
    private RandomStream _random;

    private protected DeepQLearner(NetworkShape shape, DqnSettings settings, ulong seed)
    {
        (Settings, Network) = (settings, new Network(shape));
        RandomStream first = RandomStream.For(seed, "dqn parameters");
        Initialization.Uniform(Network, ref first);
        Target = Network.Clone();
        (Batch, Drawn) = (new Activations(shape, settings.BatchSize), new int[settings.BatchSize]);
        (_adam, _gradients) = (new Adam(shape.ParameterCount, settings.Adam), new float[shape.ParameterCount]);
        _random = RandomStream.For(seed, "dqn draws");
    }

    /// <summary>Settings.</summary>
    public DqnSettings Settings { get; }

    /// <summary>Gives the values to choose by.</summary>
    public Network Network { get; }

    /// <summary>Transitions added.</summary>
    public long Steps { get; private set; }

    /// <summary>Share of random choices now.</summary>
    public float Exploration =>
        Settings.FirstExploration
        + ((Settings.LastExploration - Settings.FirstExploration) * Math.Min(1, Steps / (float)Math.Max(1, Settings.ExplorationSteps)));

    /// <summary>Loss of the last update; NaN before the first.</summary>
    public float LastLoss { get; private set; } = float.NaN;

    private protected Network Target { get; }

    // What was chosen in the transitions drawn; the learner writes it before it takes a step.
    private protected Activations Batch { get; }

    // Where the transitions of a batch lie in the replay memory.
    private protected int[] Drawn { get; }

    private protected ref RandomStream Random => ref _random;

    /// <summary>Takes over what another network has learned, before the first transition.</summary>
    /// <param name="network">Of the same shape; not changed.</param>
    internal void GoOnFrom(Network network)
    {
        network.Parameters.CopyTo(Network.Parameters);
        network.Parameters.CopyTo(Target.Parameters);
    }

    /// <summary>Writes everything that it needs to go on, the replay memory included.</summary>
    /// <param name="checkpoint">Where to.</param>
    public virtual void Save(Checkpoint checkpoint)
    {
        checkpoint.Set<float>("dqn.parameters", Network.Parameters);
        checkpoint.Set<float>("dqn.target", Target.Parameters);
        checkpoint.Set("dqn.steps", (ulong)Steps);
        checkpoint.Set("dqn.random", _random.State);
        _adam.Save(checkpoint, "dqn.adam");
    }

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <exception cref="CheckpointException">It is of another training.</exception>
    public virtual void Load(Checkpoint checkpoint)
    {
        checkpoint.Get("dqn.parameters", Network.Parameters);
        checkpoint.Get("dqn.target", Target.Parameters);
        Steps = (long)checkpoint.GetUInt64("dqn.steps");
        _random = new RandomStream(checkpoint.GetUInt64("dqn.random"));
        _adam.Load(checkpoint, "dqn.adam");
    }

    // Draws a batch and takes a step.
    private protected abstract void Learn();

    // Counts a transition that was added, and learns when it is time to.
    private protected void Added()
    {
        Steps++;
        if (Steps <= Settings.LearningStarts) return;
        if (Steps % Settings.TrainPeriod == 0) Learn();
        if (Steps % Settings.TargetPeriod == 0) Network.Parameters.CopyTo(Target.Parameters);
    }

    // A step against the squared errors of the batch: of each sample one output counts, and what was expected of it.
    private protected void Step(ReadOnlySpan<int> outputs, ReadOnlySpan<float> expected)
    {
        Network.Forward(Batch);
        Span<float> gradient = Batch.OutputGradient;
        gradient.Clear();
        float loss = 0;
        for (int s = 0; s < Drawn.Length; s++)
        {
            float error = Batch.Output[outputs[s]] - expected[s];
            gradient[outputs[s]] = 2 * error / Drawn.Length;
            loss += error * error;
        }

        LastLoss = loss / Drawn.Length;
        Network.Backward(Batch, _gradients);
        _adam.Step(Network.Parameters, _gradients);
    }
}
