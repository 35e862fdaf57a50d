namespace StreamSched.Onnx.Profiling;

/// <summary>D of one model in the company of two: what a worker registers.</summary>
/// <param name="Variant">The added model.</param>
/// <param name="CompanyA">The first model of the company.</param>
/// <param name="CompanyB">The second.</param>
/// <param name="Size">K: m and r go from 0 to K.</param>
/// <param name="Factors">Row by row over m, (K + 1)² values; the first is 1.</param>
public sealed record InterferenceFactors(string Variant, string CompanyA, string CompanyB, int Size, IReadOnlyList<float> Factors);
