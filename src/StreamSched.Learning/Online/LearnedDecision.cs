namespace StreamSched.Learning.Online;

/// <summary>What a learner of sequences keeps of a decision until those before it are known.</summary>
/// <param name="Decided">When it was taken, µs since 1970.</param>
/// <param name="Seen">What the policy saw, by features of its own; empty: it was not this policy's, or it tells nothing of this one.</param>
/// <param name="IsOwn">Whether the policy took it.</param>
/// <param name="Propensity">Probability of the choice.</param>
/// <param name="Explored">Whether exploration drew it.</param>
/// <param name="IsPlaced">Whether a worker got it.</param>
/// <param name="OnTime">Whether the answer was in time.</param>
/// <param name="Utility">What it was worth.</param>
/// <param name="Latency">Seconds.</param>
/// <param name="Deadline">Seconds.</param>
/// <param name="EnergyJoules">What it took.</param>
internal sealed record LearnedDecision(
    long Decided, float[] Seen, bool IsOwn, float Propensity, bool Explored, bool IsPlaced, bool OnTime, float Utility, float Latency, float Deadline,
    float EnergyJoules);
