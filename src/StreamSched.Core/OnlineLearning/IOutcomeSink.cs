namespace StreamSched.Core.OnlineLearning;

/// <summary>Takes outcomes of choices as they become known.</summary>
public interface IOutcomeSink
{
    /// <summary>Takes an outcome.</summary>
    /// <param name="features">What the network saw of the choice.</param>
    /// <param name="logit">What the rule gave, to which the network's first result is added.</param>
    /// <param name="assumed">The same by the curve as assumed, before measured errors narrow it.</param>
    /// <param name="processorClass">Class of the processor that was chosen, from 0.</param>
    /// <param name="onTime">Whether the answer was in time.</param>
    void Add(ReadOnlySpan<float> features, float logit, float assumed, int processorClass, bool onTime);
}
