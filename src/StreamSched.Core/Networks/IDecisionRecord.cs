namespace StreamSched.Core.Networks;

/// <summary>Takes the decisions of an <see cref="Actor"/>, and later what they earned, while it is trained.</summary>
public interface IDecisionRecord
{
    /// <summary>Number of decisions.</summary>
    int Count { get; }

    /// <summary>Adds a decision.</summary>
    /// <param name="observation">[observation].</param>
    /// <param name="mask">[actions], or empty: all were allowed.</param>
    /// <param name="state">[memory], before the decision.</param>
    /// <param name="isStart">Whether an episode began with it.</param>
    /// <param name="decision">The decision.</param>
    void Add(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask, ReadOnlySpan<float> state, bool isStart, in ActorDecision decision);

    /// <summary>Adds to the reward of a decision.</summary>
    /// <param name="index">Its index: how many there were before it.</param>
    /// <param name="reward">What it earned.</param>
    void AddReward(int index, float reward);
}
