using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Reinforcement;

/// <summary>
/// A Markov decision process that a training loop drives. What drives itself (a simulated cluster that asks a policy) uses <see cref="Core.Networks.Actor"/>
/// and <see cref="Trajectory"/>, or <see cref="Dqn"/>, instead.
/// </summary>
public interface IEnvironment
{
    /// <summary>Length of an observation.</summary>
    int ObservationSize { get; }

    /// <summary>Number of actions.</summary>
    int Actions { get; }

    /// <summary>Begins an episode; its draws continue the environment's own stream.</summary>
    void Reset();

    /// <summary>What is seen now.</summary>
    /// <param name="observation">[<see cref="ObservationSize"/>], finite.</param>
    /// <param name="mask">[<see cref="Actions"/>]: which actions are allowed, at least one. Comes in as all true.</param>
    void Observe(Span<float> observation, Span<bool> mask);

    /// <summary>Does an action. After the end of an episode the caller observes, and then resets.</summary>
    /// <param name="action">An allowed one.</param>
    StepResult Act(int action);

    /// <summary>Writes the whole state, random streams included.</summary>
    /// <param name="checkpoint">Where to.</param>
    /// <param name="key">Name of this environment in it.</param>
    void Save(Checkpoint checkpoint, string key);

    /// <summary>Takes up what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">From where.</param>
    /// <param name="key">Name of this environment in it.</param>
    void Load(Checkpoint checkpoint, string key);
}
