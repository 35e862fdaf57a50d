namespace StreamSched.Learning.Optimization;

/// <summary>What one generation of an evolution strategy found.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Mean">Mean over its members that gave a number.</param>
/// <param name="Best">The best member.</param>
/// <param name="Failed">Members that gave none.</param>
public readonly record struct Generation(long Number, double Mean, double Best, int Failed);
