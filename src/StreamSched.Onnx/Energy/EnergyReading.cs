namespace StreamSched.Onnx.Energy;

/// <summary>Energy, and how it is known.</summary>
/// <param name="Joules">The energy; null where there is no figure.</param>
/// <param name="Source">How it is known.</param>
public readonly record struct EnergyReading(double? Joules, EnergySource Source);
