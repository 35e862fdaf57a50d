using System.Text.Json.Nodes;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>Pairs of schemas, a writer's and a reader's, that the specification says how to resolve.</summary>
internal static class EvolutionCases
{
    private const string InnerOld =
        """{"type":"record","name":"Inner","fields":[{"name":"a","type":"int"},{"name":"gone","type":{"type":"array","items":"string"}}]}""";

    private const string InnerNew = """{"type":"record","name":"Inner","fields":[{"name":"new","type":"string","default":"x"},{"name":"a","type":"long"}]}""";

    /// <summary>Schemas by name of the case. Resolution works for every value, or fails for those that have no counterpart.</summary>
    public static IReadOnlyDictionary<string, (string Writer, string Reader)> All { get; } = Make();

    public static string Text(WireSchema schema) =>
        SchemaCatalogue.Own.TryGetText(schema.Fingerprint, out string? text) ? text : throw new InvalidOperationException(schema.Name);

    private static Dictionary<string, (string Writer, string Reader)> Make()
    {
        string request = Text(InferenceRequest.Schema);
        var cases = new Dictionary<string, (string Writer, string Reader)>
        {
            ["added field"] = (
                ForeignSchemas.WithField(request, """{"name":"extra","type":{"type":"map","values":["null",{"type":"fixed","name":"F","size":3}]}}"""),
                request),
            ["removed field"] = (ForeignSchemas.WithoutField(request, "deadlineMicros"), request),
            ["reordered fields"] =
                (ForeignSchemas.Change(request, fields => { var last = fields[^1]; fields.RemoveAt(fields.Count - 1); fields.Insert(0, last); }), request),
            ["promoted int to long"] = (ForeignSchemas.WithType(request, "deadlineMicros", """["null","int"]"""), request),
            ["promoted to float"] = (ForeignSchemas.WithType(request, "weight", "\"long\""), request),
            ["required where optional"] = (ForeignSchemas.WithType(request, "minAccuracy", "\"float\""), request),
            ["optional where required"] = (ForeignSchemas.WithType(request, "weight", """["null","float"]"""), request),
            ["branches reordered"] = (ForeignSchemas.WithType(request, "user", """["string","null"]"""), request),
            ["without logical types"] = (ForeignSchemas.WithType(ForeignSchemas.WithType(request, "id", "\"string\""), "created", "\"long\""), request),
            ["string for bytes"] = (ForeignSchemas.WithType(request, "payload", "\"string\""), request),
            ["enum with fewer symbols in another order"] =
                (ForeignSchemas.WithType(request, "encoding", """{"type":"enum","name":"PayloadEncoding","symbols":["JPEG","TENSOR"]}"""), request),
            ["enum with symbols that we lack"] =
                (ForeignSchemas.WithType(request, "encoding", """{"type":"enum","name":"PayloadEncoding","symbols":["TENSOR","WEBP"]}"""), request),
            ["field by alias"] = (Record("""{"name":"old","type":"int"},{"name":"b","type":"string"}"""),
                Record("""{"name":"b","type":"string"},{"name":"new","type":"int","aliases":["older","old"],"default":7}""")),
            ["field by alias without default"] = (Record("""{"name":"old","type":"int"}"""), Record("""{"name":"new","type":"long","aliases":["old"]}""")),
            ["record by alias"] = ("""{"type":"record","name":"Old","namespace":"n","fields":[{"name":"a","type":"int"}]}""",
                """{"type":"record","name":"R","namespace":"n","aliases":["Old"],"fields":[{"name":"a","type":"int"}]}"""),
            ["nested types by alias"] = (
                Record("""{"name":"x","type":["null",{"type":"record","name":"Old","fields":[{"name":"was","type":{"type":"enum","name":"OldE","symbols":"""
                    + """["A","B"]}}]}]},{"name":"y","type":["Old","null"]}"""),
                Record("""{"name":"x","type":["null",{"type":"record","name":"New","aliases":["Old"],"fields":[{"name":"is","aliases":["was"],"type":"""
                    + """{"type":"enum","name":"NewE","aliases":["OldE"],"symbols":["B","A"]}}]}]},{"name":"y","type":["null","New"]}""")),
            ["records in arrays, maps and unions"] = (
                Record("""{"name":"x","type":{"type":"array","items":INNER}},{"name":"y","type":{"type":"map","values":"Inner"}},"""
                    + """{"name":"z","type":["null","Inner"]}""").Replace("INNER", InnerOld, StringComparison.Ordinal),
                Record("""{"name":"z","type":["null",INNER]},{"name":"x","type":{"type":"array","items":"Inner"}},"""
                    + """{"name":"y","type":{"type":"map","values":"Inner"}}""").Replace("INNER", InnerNew, StringComparison.Ordinal)),
            ["promotions in arrays and maps"] =
                (Record("""{"name":"x","type":{"type":"array","items":"int"}},{"name":"y","type":{"type":"map","values":"float"}}"""),
                    Record("""{"name":"x","type":{"type":"array","items":"double"}},{"name":"y","type":{"type":"map","values":"double"}}""")),
            ["defaults of every type"] = (Record("""{"name":"a","type":"int"}"""), Record("""
                {"name":"a","type":"int"},{"name":"b","type":"boolean","default":true},
                {"name":"c","type":"long","default":-5000000000},{"name":"d","type":"float","default":1.5},
                {"name":"e","type":"double","default":-2.25},{"name":"f","type":"bytes","default":"\u00ff\u0001"},
                {"name":"g","type":"string","default":"ä"},{"name":"h","type":["null","int"],"default":null},
                {"name":"i","type":["string","null"],"default":"s"},
                {"name":"j","type":{"type":"array","items":"int"},"default":[1,2]},{"name":"k","type":{"type":"map","values":"int"},"default":{"q":1}},
                {"name":"l","type":{"type":"enum","name":"E","symbols":["U","V"]},"default":"V"},
                {"name":"m","type":{"type":"fixed","name":"F","size":2},"default":"\u0000\u00fe"},
                {"name":"n","type":{"type":"record","name":"I","fields":[{"name":"o","type":"int","default":3}]},"default":{}}
                """)),
        };
        foreach (var schema in WireSchemas.All)
            cases[$"{schema.Name} with all its defaults"] = (ForeignSchemas.Change(Text(schema), RemoveDefaulted), Text(schema));
        return cases;
    }

    private static void RemoveDefaulted(JsonArray fields)
    {
        foreach (var field in fields.OfType<JsonObject>().ToList())
        {
            if (field.ContainsKey("default")) fields.Remove(field);
            else if (field["type"] is JsonObject type && type["items"] is JsonObject item && item["fields"] is JsonArray inner) RemoveDefaulted(inner);
        }
    }

    private static string Record(string fields) => $$"""{"type":"record","name":"R","namespace":"n","fields":[{{fields}}]}""";
}
