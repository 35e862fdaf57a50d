using System.Text;

namespace StreamSched.SchemaGen;

internal static class WireSchemasEmitter
{
    public static string Emit(IReadOnlyList<RecordType> records)
    {
        var code = new StringBuilder(CodeGenerator.Header + "using StreamSched.Avro.Schemas;\n\nnamespace StreamSched.Avro.Records;\n\n");
        code.Append("/// <summary>The schemas of the wire contract: one per kind of message.</summary>\npublic static class WireSchemas\n{\n");
        code.Append("    /// <summary>All of them, by name.</summary>\n");
        code.Append("    public static IReadOnlyList<WireSchema> All { get; } =\n    [\n");
        foreach (var record in records) code.Append($"        {record.Name}.Schema,\n");
        return code.Append("    ];\n}\n").ToString();
    }
}
