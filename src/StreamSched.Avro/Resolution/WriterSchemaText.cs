using System.Text.Json.Nodes;

namespace StreamSched.Avro.Resolution;

/// <summary>
/// Rewrites a writer's schema in the reader's terms before Apache.Avro resolves the two: types and fields that the reader knows by an alias, or by the
/// same name in another namespace, get the reader's names; bytes become strings where the reader has strings, and the other way round. Java's
/// implementation does the same (<c>Schema.applyAliases</c>); the C# one reads an aliased field and then overwrites it by its default, compares
/// namespaces, and does not promote between string and bytes (Avro 1.12 specification, "Schema Resolution").
/// </summary>
internal sealed class WriterSchemaText
{
    private readonly Dictionary<string, JsonObject> _readerTypes = [];
    private readonly Dictionary<string, string> _readerNames = [];
    private readonly Dictionary<string, string> _renamed = [];

    private WriterSchemaText(JsonNode reader)
    {
        Collect(reader, "");
        foreach (string name in _readerTypes.Keys) _readerNames[name] = name;
        foreach (string name in _readerTypes.Keys) _readerNames.TryAdd(Unqualified(name), name);
        foreach (var (name, type) in _readerTypes)
            foreach (string alias in Strings(type["aliases"]))
            {
                _readerNames.TryAdd(Qualified(alias, SpaceOf(name)), name);
                _readerNames.TryAdd(Unqualified(alias), name);
            }
    }

    /// <summary>Adapts a writer's schema to a reader's; both are stripped.</summary>
    /// <param name="writer">The writer's schema.</param>
    /// <param name="reader">The reader's schema.</param>
    public static JsonNode Adapt(JsonNode writer, JsonNode reader) => new WriterSchemaText(reader).Rewrite(writer, "", reader);

    private void Collect(JsonNode? schema, string space)
    {
        switch (schema)
        {
            case JsonArray union:
                foreach (var branch in union) Collect(branch, space);
                break;
            case JsonObject type:
                if (type["name"] is not null)
                {
                    string name = FullName(type, space);
                    space = SpaceOf(name);
                    _readerTypes[name] = type;
                }
                Collect(type["items"] ?? type["values"], space);
                foreach (var field in type["fields"] as JsonArray ?? []) Collect(field!["type"], space);
                break;
        }
    }

    private JsonNode Rewrite(JsonNode? writer, string space, JsonNode? reader)
    {
        switch (writer)
        {
            case JsonArray union:
                // A union may hold each primitive once only: what is there already is not promoted to.
                var names = TypeNames(union);
                var target = names.Contains("string") && names.Contains("bytes") ? null : reader;
                return new JsonArray([.. union.Select(branch => Rewrite(branch, space, target))]);
            case JsonValue value:
                string name = value.GetValue<string>();
                return Promote(name, reader) ?? _renamed.GetValueOrDefault(Qualified(name, space)) ?? name;
            case JsonObject { } type when type["name"] is not null:
                return RewriteNamed(type, space);
            case JsonObject type:
                string kind = type["type"]!.GetValue<string>();
                string part = kind is "array" ? "items" : "values";
                if (kind is not ("array" or "map")) return Rewrite(type["type"], space, reader);
                var counterpart = Branches(reader).OfType<JsonObject>().FirstOrDefault(branch => (string?)branch["type"] == kind);
                return new JsonObject { ["type"] = kind, [part] = Rewrite(type[part], space, counterpart?[part]) };
            default:
                throw new FormatException("A schema is a name, an object or an array of branches.");
        }
    }

    private JsonObject RewriteNamed(JsonObject type, string space)
    {
        string name = FullName(type, space);
        space = SpaceOf(name);
        string renamed = _readerNames.GetValueOrDefault(name) ?? _readerNames.GetValueOrDefault(Unqualified(name)) ?? name;
        _renamed[name] = renamed;
        var result = new JsonObject { ["type"] = type["type"]!.DeepClone(), ["name"] = Unqualified(renamed), ["namespace"] = SpaceOf(renamed) };
        foreach (string attribute in (string[])["size", "symbols", "default"])
            if (type[attribute] is { } value) result[attribute] = value.DeepClone();
        if (type["fields"] is not JsonArray fields) return result;

        var readerFields = _readerTypes.TryGetValue(renamed, out var readerType) ? readerType["fields"] as JsonArray ?? [] : [];
        var written = fields.Select(field => (string)field!["name"]!).ToHashSet(StringComparer.Ordinal);
        var taken = new HashSet<string>();
        result["fields"] = new JsonArray([.. fields.Select(node =>
        {
            var field = (JsonObject)node!;
            string fieldName = (string)field["name"]!;
            var exact = readerFields.FirstOrDefault(candidate => (string)candidate!["name"]! == fieldName);
            // An alias only stands in for a field that the writer does not have under the reader's name.
            var counterpart = exact ?? readerFields.FirstOrDefault(candidate =>
                !written.Contains((string)candidate!["name"]!) && Strings(candidate["aliases"]).Contains(fieldName, StringComparer.Ordinal));
            if (counterpart is not null && !taken.Add((string)counterpart["name"]!)) counterpart = null;
            var copy = (JsonObject)field.DeepClone();
            copy["name"] = (string?)counterpart?["name"] ?? fieldName;
            copy.Remove("aliases");
            copy["type"] = Rewrite(field["type"], space, counterpart?["type"]);
            return copy;
        })]);
        return result;
    }

    private static string? Promote(string writer, JsonNode? reader)
    {
        string? other = writer switch { "bytes" => "string", "string" => "bytes", _ => null };
        if (other is null || reader is null) return null;
        var names = TypeNames(Branches(reader));
        return !names.Contains(writer) && names.Contains(other) ? other : null;
    }

    private static List<string?> TypeNames(JsonArray branches) =>
        [.. branches.Select(branch => branch is JsonObject type ? (string?)type["type"] : (string?)branch)];

    private static JsonArray Branches(JsonNode? schema) => schema as JsonArray ?? [schema?.DeepClone()];

    private static IEnumerable<string> Strings(JsonNode? array) => (array as JsonArray ?? []).Select(item => (string)item!);

    private static string FullName(JsonObject type, string space)
    {
        string name = (string)type["name"]!;
        return Qualified(name, (string?)type["namespace"] ?? space);
    }

    private static string Qualified(string name, string space) => name.Contains('.', StringComparison.Ordinal) || space.Length == 0 ? name : $"{space}.{name}";

    private static string Unqualified(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static string SpaceOf(string name) => name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : "";
}
