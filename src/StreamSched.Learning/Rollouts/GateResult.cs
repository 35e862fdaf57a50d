namespace StreamSched.Learning.Rollouts;

/// <summary>What a check of a candidate's file has found.</summary>
/// <param name="Gate">Its name, such as "layout", "finite", "digest".</param>
/// <param name="Passed">Whether the candidate may go on.</param>
/// <param name="Detail">What was found, in words.</param>
public readonly record struct GateResult(string Gate, bool Passed, string Detail);
