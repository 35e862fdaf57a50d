namespace StreamSched.Onnx.Profiling;

/// <summary>D of one model beside two co-runners: what a worker registers.</summary>
/// <param name="Variant">The added model.</param>
/// <param name="CoRunnerA">The first of them.</param>
/// <param name="CoRunnerB">The second.</param>
/// <param name="Size">K: m and r go from 0 to K.</param>
/// <param name="Factors">Row by row over m, (K + 1)² values; the first is 1.</param>
public sealed record InterferenceFactors(string Variant, string CoRunnerA, string CoRunnerB, int Size, IReadOnlyList<float> Factors);
