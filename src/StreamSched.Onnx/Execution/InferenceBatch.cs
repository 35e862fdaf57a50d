namespace StreamSched.Onnx.Execution;

/// <summary>Requests that are to run together.</summary>
/// <param name="Variant">With which model.</param>
/// <param name="Items">The requests, at least one.</param>
public sealed record InferenceBatch(string Variant, ReadOnlyMemory<BatchItem> Items);
