using System.Text.Json.Nodes;

namespace StreamSched.Tests.Avro;

/// <summary>Makes writers' schemas that differ from ours.</summary>
internal static class ForeignSchemas
{
    public static string WithField(string schema, string field) => Change(schema, fields => fields.Insert(0, JsonNode.Parse(field)));

    public static string WithoutField(string schema, string name) => Change(schema, fields => fields.Remove(Field(fields, name)));

    public static string WithType(string schema, string name, string type) => Change(schema, fields =>
    {
        // The default would have to fit the new type.
        var field = Field(fields, name).AsObject();
        field.Remove("default");
        field["type"] = JsonNode.Parse(type);
    });

    public static string Renamed(string schema, string name, string other) => Change(schema, fields => Field(fields, name)["name"] = other);

    public static string Change(string schema, Action<JsonArray> change)
    {
        var json = JsonNode.Parse(schema)!;
        change(json["fields"]!.AsArray());
        return json.ToJsonString();
    }

    public static JsonNode Field(JsonArray fields, string name) => fields.Single(field => (string)field!["name"]! == name)!;
}
