using StreamSched.Core.Networks;

namespace StreamSched.Core.OnlineLearning;

/// <summary>Values arms by features of context and arm together, with an upper confidence bound, and learns from what they earned.</summary>
internal interface IContextualBandit
{
    /// <summary>What was summed up over the rewards, over what it makes of the features.</summary>
    RidgeModel Model { get; }

    /// <summary>From features to the reward that <see cref="Predict"/> gives, as a network of its own.</summary>
    Network ToNetwork();

    /// <summary>Upper confidence bounds of the rewards of several arms.</summary>
    /// <param name="arms">[arms, features].</param>
    /// <param name="count">How many arms.</param>
    /// <param name="scores">Receives a bound for each arm.</param>
    void Score(ReadOnlySpan<float> arms, int count, Span<float> scores);

    /// <summary>The reward that is expected of one arm, without any bonus.</summary>
    /// <param name="x">Features of the arm.</param>
    double Predict(ReadOnlySpan<float> x);

    /// <summary>Learns what an arm earned; rewards may come late and in any order.</summary>
    /// <param name="x">Features of the arm as they were at the choice.</param>
    /// <param name="reward">What it earned.</param>
    void Learn(ReadOnlySpan<float> x, double reward);
}
