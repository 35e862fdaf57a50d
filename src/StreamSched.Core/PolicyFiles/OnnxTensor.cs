namespace StreamSched.Core.PolicyFiles;

/// <summary>A constant of a graph.</summary>
/// <param name="Dimensions">Shape.</param>
/// <param name="Singles">Its elements where they are floats.</param>
/// <param name="Integers">Its elements where they are 64-bit integers.</param>
internal sealed record OnnxTensor(long[] Dimensions, float[] Singles, long[] Integers);
