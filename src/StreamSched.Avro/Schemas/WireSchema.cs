namespace StreamSched.Avro.Schemas;

/// <summary>A schema of the wire contract.</summary>
/// <param name="Name">Its file in <c>schemas/</c> without extension, such as <c>inference-request</c>.</param>
/// <param name="Record">The record it declares, such as <c>InferenceRequest</c>.</param>
/// <param name="Fingerprint">CRC-64-AVRO of its parsing canonical form.</param>
public sealed record WireSchema(string Name, string Record, ulong Fingerprint);
