using StreamSched.Core.Networks;

namespace StreamSched.Core.OnlineLearning;

/// <summary>Settings of <see cref="NeuralUcb"/>.</summary>
internal sealed record NeuralUcbSettings
{
    /// <summary>Units of the hidden layers; the last one's are what the confidence bound is over.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [32, 16];

    /// <summary>Activation of hidden layers.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>α: how much uncertainty is worth.</summary>
    public double Exploration { get; init; } = 0.5;

    /// <summary>λ.</summary>
    public double Ridge { get; init; } = 1;

    /// <summary>The optimiser.</summary>
    public AdamSettings Adam { get; init; } = new() { LearningRate = 3e-3f };

    /// <summary>Rewards that are remembered.</summary>
    public int Memory { get; init; } = 2048;

    /// <summary>Rewards between two trainings of the network.</summary>
    public int TrainPeriod { get; init; } = 64;

    /// <summary>Minibatches per training.</summary>
    public int Minibatches { get; init; } = 32;

    /// <summary>Rewards per minibatch.</summary>
    public int BatchSize { get; init; } = 64;
}
