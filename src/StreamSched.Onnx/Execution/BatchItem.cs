using StreamSched.Onnx.Inference;

namespace StreamSched.Onnx.Execution;

/// <summary>One request of a batch.</summary>
/// <param name="Payload">What is to be answered.</param>
/// <param name="State">Whatever the caller needs to answer it.</param>
public readonly record struct BatchItem(InferencePayload Payload, object? State);
