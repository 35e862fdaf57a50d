namespace StreamSched.Onnx.Models;

/// <summary>The bytes of a model as they were read.</summary>
/// <param name="Model">The ONNX file, external data put into it.</param>
/// <param name="Manifest">The manifest.</param>
/// <param name="Digest">SHA-256 of the ONNX file; where it has external data, of it and then of those files, in the order of their names.</param>
/// <param name="FileBytes">Length of all of them together, the manifest not counted.</param>
internal sealed record ModelContent(byte[] Model, byte[] Manifest, byte[] Digest, long FileBytes);
