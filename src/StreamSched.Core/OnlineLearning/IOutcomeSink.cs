namespace StreamSched.Core.OnlineLearning;

/// <summary>Takes outcomes of choices as they become known.</summary>
public interface IOutcomeSink
{
    /// <summary>Takes an outcome.</summary>
    /// <param name="features">What the network saw of the choice.</param>
    /// <param name="logit">What the rule gave, to which the network's first result is added.</param>
    /// <param name="measured">The same by the curve as narrow as measured errors make it, which is what the rule without a network goes by.</param>
    /// <param name="onTime">Whether the answer was in time.</param>
    void Add(ReadOnlySpan<float> features, float logit, float measured, bool onTime);
}
