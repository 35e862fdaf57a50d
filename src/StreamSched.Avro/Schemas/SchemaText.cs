using System.Text.Json.Nodes;

namespace StreamSched.Avro.Schemas;

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

    private static readonly string[] TypeAttributes = ["name", "namespace", "size", "symbols", "default"];
    private static readonly string[] FieldAttributes = ["name", "default"];

    private enum Extra
    {
        None,
        Aliases,
        Marks,
    }

    /// <summary>The schema with nothing but what encoded values depend on, and defaults.</summary>
    /// <param name="schema">A schema's JSON.</param>
    public static JsonNode Strip(JsonNode schema) => Rewrite(schema, Extra.None);

    /// <summary>The stripped schema with aliases.</summary>
    /// <param name="schema">A schema's JSON.</param>
    public static JsonNode StripToAliases(JsonNode schema) => Rewrite(schema, Extra.Aliases);

    /// <summary>The stripped schema with docs, ranges, lengths, and logical types as properties of our own.</summary>
    /// <param name="schema">A schema's JSON.</param>
    public static JsonNode Mark(JsonNode schema) => Rewrite(schema, Extra.Marks);

    private static JsonNode Rewrite(JsonNode? schema, Extra extra)
    {
        switch (schema)
        {
            case JsonArray union:
                return new JsonArray([.. union.Select(branch => Rewrite(branch, extra))]);
            case JsonObject type:
                // {"type": {…}} means its inner type; Apache.Avro accepts that in fields only.
                if (type["type"] is JsonObject or JsonArray) return Rewrite(type["type"], extra);
                return RewriteType(type, extra);
            case JsonValue name:
                return name.DeepClone();
            default:
                throw new FormatException("A schema is a name, an object or an array of branches.");
        }
    }

    private static JsonObject RewriteType(JsonObject type, Extra extra)
    {
        var result = new JsonObject { ["type"] = type["type"]?.DeepClone() };
        Copy(type, result, TypeAttributes);
        Copy(type, result, extra == Extra.Aliases ? ["aliases"] : []);
        if (extra == Extra.Marks && type["logicalType"] is { } logical) result[LogicalTypeProperty] = logical.DeepClone();
        if (extra == Extra.Marks && type["doc"] is { } doc) result[DocProperty] = doc.DeepClone();
        if (type["items"] is { } items) result["items"] = Rewrite(items, extra);
        if (type["values"] is { } values) result["values"] = Rewrite(values, extra);
        if (type["fields"] is JsonArray fields) result["fields"] = new JsonArray([.. fields.Select(field => RewriteField(field, extra))]);
        return result;
    }

    private static JsonObject RewriteField(JsonNode? node, Extra extra)
    {
        var field = node as JsonObject ?? throw new FormatException("A field is an object.");
        var result = new JsonObject();
        Copy(field, result, FieldAttributes);
        Copy(field, result, extra == Extra.Aliases ? ["aliases"] : []);
        Copy(field, result, extra == Extra.Marks ? ["doc", "range", "length"] : []);
        result["type"] = Rewrite(field["type"], extra);
        return result;
    }

    private static void Copy(JsonObject from, JsonObject to, string[] attributes)
    {
        // A default of null is a value, not an absence.
        foreach (string attribute in attributes)
            if (from.TryGetPropertyValue(attribute, out var value)) to[attribute] = value?.DeepClone();
    }
}
