namespace StreamSched.Learning.Optimization;

/// <summary>What an evolution strategy makes large. Called from several threads at once where more than one is allowed.</summary>
/// <param name="parameters">To be evaluated.</param>
/// <param name="seed">Of everything random in the evaluation: the same for all members of a generation, so that they are compared on the same draws.</param>
/// <returns>Higher is better; NaN counts as worst.</returns>
public delegate double Objective(ReadOnlySpan<float> parameters, ulong seed);
