using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamSched.Onnx.Profiling;

/// <summary>Generated reader and writer of interference files. Strict: unknown and repeated keys, missing values and nulls are errors.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    UseStringEnumConverter = true, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)] // as UserJson
[JsonSerializable(typeof(InterferenceRecord))]
internal sealed partial class InterferenceJson : JsonSerializerContext;
