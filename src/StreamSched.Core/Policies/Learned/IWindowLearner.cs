using StreamSched.Core.Networks;

namespace StreamSched.Core.Policies.Learned;

/// <summary>Learns, while <see cref="AsetPolicy"/> is trained, which static policy to let rule.</summary>
public interface IWindowLearner
{
    /// <summary>From an observation to the value of each static policy.</summary>
    Network Network { get; }

    /// <summary>Chooses.</summary>
    /// <param name="observation">[<see cref="AsetPolicy.ObservationSize"/>].</param>
    /// <param name="mask">Which may be chosen; empty: all.</param>
    int Act(ReadOnlySpan<float> observation, ReadOnlySpan<bool> mask);

    /// <summary>Takes in what came of a choice.</summary>
    /// <param name="observation">Before it.</param>
    /// <param name="action">The choice.</param>
    /// <param name="reward">What it earned.</param>
    /// <param name="after">After it.</param>
    /// <param name="afterMask">Which may be chosen then; empty: all.</param>
    /// <param name="terminated">Whether nothing comes after it.</param>
    void Add(ReadOnlySpan<float> observation, int action, float reward, ReadOnlySpan<float> after, ReadOnlySpan<bool> afterMask, bool terminated);
}
