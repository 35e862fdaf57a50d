using StreamSched.Onnx.Models;

namespace StreamSched.Onnx.Inference;

/// <summary>What a model is to answer: one frame or window.</summary>
/// <param name="Encoding">How <paramref name="Bytes"/> are to be read.</param>
/// <param name="Shape">Dimensions without the batch; empty: the model's own.</param>
/// <param name="Bytes">The frame itself.</param>
public readonly record struct InferencePayload(PayloadEncoding Encoding, ReadOnlyMemory<int> Shape, ReadOnlyMemory<byte> Bytes);
