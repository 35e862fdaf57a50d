using System.Text.Json;
using System.Text.Json.Serialization;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Onnx;

/// <summary>Generated readers and writers of this project's files. Strict: unknown and repeated keys, missing values and nulls are errors.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    UseStringEnumConverter = true, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)] // as UserJson
[JsonSerializable(typeof(ModelManifest))]
[JsonSerializable(typeof(InterferenceRecord))]
internal sealed partial class OnnxJson : JsonSerializerContext;
