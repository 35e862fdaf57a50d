using StreamSched.Avro.Records;

namespace StreamSched.Frames;

/// <summary>One thing to ask about, as it goes into a request.</summary>
/// <param name="Payload">The bytes.</param>
/// <param name="Encoding">How they are to be read.</param>
/// <param name="Shape">Dimensions without the batch; empty: the model's own.</param>
/// <param name="Label">The true class, where it is known.</param>
internal sealed record Frame(byte[] Payload, PayloadEncoding Encoding, int[] Shape, int? Label);
