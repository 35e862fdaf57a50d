namespace StreamSched.Onnx.Processors;

/// <summary>A processor's power draw, for modelled energy.</summary>
/// <param name="IdleWatts">While nothing runs.</param>
/// <param name="ActiveWatts">While all slots run.</param>
public sealed record PowerSettings(double IdleWatts, double ActiveWatts);
