using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Models;

/// <summary>Generated reader and writer of manifests. Strict: unknown and repeated keys, missing values and nulls are errors.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    UseStringEnumConverter = true, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)] // as UserJson
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
