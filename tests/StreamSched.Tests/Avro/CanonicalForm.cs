using System.Text;
using System.Text.Json.Nodes;

namespace StreamSched.Tests.Avro;

/// <summary>
/// The parsing canonical form and its CRC-64-AVRO written anew from the specification, to check the fingerprints that the code carries. Handles what our
/// schemas use.
/// </summary>
internal static class CanonicalForm
{
    private const ulong Empty = 0xC15D213AA4D7A795;

    public static ulong Fingerprint(string schema)
    {
        ulong fingerprint = Empty;
        foreach (byte value in Encoding.UTF8.GetBytes(Of(JsonNode.Parse(schema)!, "")))
        {
            ulong row = (fingerprint ^ value) & 0xFF;
            for (int i = 0; i < 8; i++) row = (row >> 1) ^ (Empty & (0 - (row & 1)));
            fingerprint = (fingerprint >> 8) ^ row;
        }
        return fingerprint;
    }

    private static readonly string[] Primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

    private static string Of(JsonNode schema, string space) => schema switch
    {
        JsonArray union => $"[{string.Join(',', union.Select(branch => Of(branch!, space)))}]",
        JsonObject type => Of(type, space),
        _ => schema.GetValue<string>() is var name && Primitives.Contains(name) ? $"\"{name}\"" : $"\"{space}.{name}\"",
    };

    private static string Of(JsonObject type, string space)
    {
        string kind = type["type"]!.GetValue<string>();
        space = (string?)type["namespace"] ?? space;
        string name = type["name"] is { } given ? $"\"name\":\"{space}.{given}\",\"type\":\"{kind}\"" : "";
        return kind switch
        {
            "record" => $"{{{name},\"fields\":[{string.Join(',', type["fields"]!.AsArray().Select(Field))}]}}",
            "enum" => $"{{{name},\"symbols\":[{string.Join(',', type["symbols"]!.AsArray().Select(symbol => $"\"{symbol}\""))}]}}",
            "fixed" => $"{{{name},\"size\":{type["size"]}}}",
            "array" => $"{{\"type\":\"array\",\"items\":{Of(type["items"]!, space)}}}",
            "map" => $"{{\"type\":\"map\",\"values\":{Of(type["values"]!, space)}}}",
            _ => $"\"{kind}\"",
        };

        string Field(JsonNode? field) => $"{{\"name\":\"{field!["name"]}\",\"type\":{Of(field["type"]!, space)}}}";
    }
}
