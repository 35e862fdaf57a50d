using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Reinforcement;

/// <summary>Settings of <see cref="Dqn"/>. The defaults are those customary for small problems.</summary>
public sealed record DqnSettings
{
    /// <summary>Units of the hidden layers.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [120, 84];

    /// <summary>Activation of hidden layers.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>The optimiser.</summary>
    public AdamSettings Adam { get; init; } = new() { LearningRate = 2.5e-4f };

    /// <summary>γ.</summary>
    public float Discount { get; init; } = 0.99f;

    /// <summary>Whether the online network chooses the action that the target network values.</summary>
    public bool DoubleEstimator { get; init; } = true;

    /// <summary>Transitions kept.</summary>
    public int ReplayCapacity { get; init; } = 10_000;

    /// <summary>Transitions per update.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Transitions before the first update.</summary>
    public int LearningStarts { get; init; } = 10_000;

    /// <summary>Transitions between updates.</summary>
    public int TrainPeriod { get; init; } = 10;

    /// <summary>Transitions between copies to the target network.</summary>
    public int TargetPeriod { get; init; } = 500;

    /// <summary>Share of random actions at the start.</summary>
    public float FirstExploration { get; init; } = 1;

    /// <summary>Share of random actions at the end.</summary>
    public float LastExploration { get; init; } = 0.05f;

    /// <summary>Transitions over which the share falls from the first to the last.</summary>
    public long ExplorationSteps { get; init; } = 250_000;

    /// <summary>
    /// For <see cref="CandidateDqn"/>: whether rewards count less their running mean, in a task without end: values are of differences then, and not of a sum
    /// that is the same for all choices
    /// (Naik, Wan, Tomar, Sutton 2024, "Reward centering").
    /// </summary>
    public bool CenterRewards { get; init; }
}
