using StreamSched.Core.OnlineLearning;

namespace StreamSched.Learning.Reinforcement;

/// <summary>Settings of <see cref="Ppo"/>. The defaults are those customary for small problems with discrete actions.</summary>
public sealed record PpoSettings
{
    /// <summary>The optimiser.</summary>
    public AdamSettings Adam { get; init; } = new() { LearningRate = 2.5e-4f, Epsilon = 1e-5f, MaxGradientNorm = 0.5f };

    /// <summary>Whether training loops lower the learning rate to 0, in proportion to what is left.</summary>
    public bool DecayLearningRate { get; init; } = true;

    /// <summary>γ.</summary>
    public float Discount { get; init; } = 0.99f;

    /// <summary>λ of generalised advantages.</summary>
    public float Lambda { get; init; } = 0.95f;

    /// <summary>How far the ratio of probabilities may be from 1 before it is clipped.</summary>
    public float Clip { get; init; } = 0.2f;

    /// <summary>Whether a value counts as moved by no more than <see cref="Clip"/> too.</summary>
    public bool ClipValue { get; init; } = true;

    /// <summary>Weight of the critic's squared error.</summary>
    public float ValueWeight { get; init; } = 0.5f;

    /// <summary>Weight of the entropy.</summary>
    public float EntropyWeight { get; init; } = 0.01f;

    /// <summary>Whether advantages are brought to mean 0 and deviation 1 in each minibatch.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>How often each decision is used in an update.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Minibatches per epoch.</summary>
    public int Minibatches { get; init; } = 4;

    /// <summary>An update ends early once the estimated divergence from the policy that decided exceeds this; infinity: never.</summary>
    public float MaxDivergence { get; init; } = float.PositiveInfinity;

    /// <summary>With memory: decisions through which gradients go back at most.</summary>
    public int SequenceLength { get; init; } = 128;

    /// <summary>For training loops: decisions per environment between two updates.</summary>
    public int StepsPerUpdate { get; init; } = 128;
}
