using System.Text.Json.Nodes;

namespace StreamSched.Avro;

/// <summary>
/// Rewrites a schema's JSON before Apache.Avro parses it, because its versions differ in what they make of logical types: older ones ignore them, newer
/// ones refuse to resolve a <c>long</c> with a <c>timestamp-micros</c> and turn values into objects with a smaller range. The encoding is that of the
/// underlying type in any case.
/// </summary>
internal static class SchemaText
{
    /// <summary>Where <see cref="Mark"/> keeps a type's logical type, as a property that every version of Apache.Avro hands out unchanged.</summary>
    public const string LogicalTypeProperty = "x-logicalType";

    /// <summary>Where <see cref="Mark"/> keeps a named type's doc.</summary>
    public const string DocProperty = "x-doc";

    private static readonly string[] TypeAttributes = ["name", "namespace", "aliases", "size", "symbols", "default"];
    private static readonly string[] FieldAttributes = ["name", "aliases", "default"];

    /// <summary>The schema with nothing but what matters to reading: no docs, no logical types, no other properties.</summary>
    /// <param name="schema">A schema's JSON.</param>
    public static JsonNode Strip(JsonNode schema) => Rewrite(schema, marks: false);

    /// <summary>The schema with docs and logical types as properties of our own.</summary>
    /// <param name="schema">A schema's JSON.</param>
    public static JsonNode Mark(JsonNode schema) => Rewrite(schema, marks: true);

    private static JsonNode Rewrite(JsonNode? schema, bool marks)
    {
        switch (schema)
        {
            case JsonArray union:
                return new JsonArray([.. union.Select(branch => Rewrite(branch, marks))]);
            case JsonObject type:
                // {"type": {…}} means its inner type; Apache.Avro accepts that in fields only.
                if (type["type"] is JsonObject or JsonArray) return Rewrite(type["type"], marks);
                return RewriteType(type, marks);
            case JsonValue name:
                return name.DeepClone();
            default:
                throw new FormatException("A schema is a name, an object or an array of branches.");
        }
    }

    private static JsonObject RewriteType(JsonObject type, bool marks)
    {
        var result = new JsonObject { ["type"] = type["type"]?.DeepClone() };
        Copy(type, result, TypeAttributes);
        if (marks && type["logicalType"] is { } logical) result[LogicalTypeProperty] = logical.DeepClone();
        if (marks && type["doc"] is { } doc) result[DocProperty] = doc.DeepClone();
        if (type["items"] is { } items) result["items"] = Rewrite(items, marks);
        if (type["values"] is { } values) result["values"] = Rewrite(values, marks);
        if (type["fields"] is JsonArray fields)
            result["fields"] = new JsonArray([.. fields.Select(field => RewriteField(field as JsonObject ?? throw new FormatException("A field is an object."), marks))]);
        return result;
    }

    private static JsonObject RewriteField(JsonObject field, bool marks)
    {
        var result = new JsonObject();
        Copy(field, result, FieldAttributes);
        if (marks && field["doc"] is { } doc) result["doc"] = doc.DeepClone();
        result["type"] = Rewrite(field["type"], marks);
        return result;
    }

    private static void Copy(JsonObject from, JsonObject to, string[] attributes)
    {
        // A default of null is a value, not an absence.
        foreach (string attribute in attributes)
            if (from.TryGetPropertyValue(attribute, out var value)) to[attribute] = value?.DeepClone();
    }
}
