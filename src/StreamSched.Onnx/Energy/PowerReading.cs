namespace StreamSched.Onnx.Energy;

/// <summary>Power, and how it is known.</summary>
/// <param name="Watts">The power; null where there is no figure.</param>
/// <param name="Source">How it is known.</param>
public readonly record struct PowerReading(double? Watts, EnergySource Source);
