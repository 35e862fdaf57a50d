using System.Text.Json.Nodes;
using Avro;

namespace StreamSched.Avro.Schemas;

/// <summary>A parsed schema, ours or a foreign writer's.</summary>
internal sealed class KnownSchema
{
    private readonly Lazy<Schema> _marked;

    private KnownSchema(string source, string text, JsonNode json)
    {
        Source = source;
        Text = text;
        Aliased = SchemaText.StripToAliases(json);
        Schema = global::Avro.Schema.Parse(SchemaText.Strip(json).ToJsonString());
        Fingerprint = unchecked((ulong)SchemaNormalization.ParsingFingerprint64(Schema));
        Recursive = SchemaShape.IsRecursive(Schema);
        _marked = new Lazy<Schema>(() => global::Avro.Schema.Parse(SchemaText.Mark(json).ToJsonString()));
    }

    /// <summary>Where it comes from, for messages.</summary>
    public string Source { get; }

    /// <summary>The schema as written.</summary>
    public string Text { get; }

    /// <summary>CRC-64-AVRO of the parsing canonical form.</summary>
    public ulong Fingerprint { get; }

    /// <summary>Stripped to what matters to schema resolution.</summary>
    public JsonNode Aliased { get; }

    /// <summary>Stripped to what matters to the encoding.</summary>
    public Schema Schema { get; }

    /// <summary>With logical types as <see cref="SchemaText.LogicalTypeProperty"/>, parsed.</summary>
    public Schema Marked => _marked.Value;

    /// <summary>Whether a type contains itself.</summary>
    public bool Recursive { get; }

    /// <summary>Parses a schema.</summary>
    /// <exception cref="FormatException">It is no Avro schema; the message names the source.</exception>
    public static KnownSchema Parse(string source, string text)
    {
        try
        {
            return new KnownSchema(source, text, JsonNode.Parse(text, null, new System.Text.Json.JsonDocumentOptions
            {
                CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true,
            }) ?? throw new FormatException("null"));
        }
        // Whatever it is: Apache.Avro casts the parts of a schema without looking, and an undefined name may be a null reference there.
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            throw new FormatException($"{source} is not an Avro schema: {fault.Message}", fault);
        }
    }
}
