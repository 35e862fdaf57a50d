namespace StreamSched.SchemaGen;

internal static class Names
{
    /// <summary>ROLLED_BACK becomes RolledBack.</summary>
    public static string Symbol(string symbol) =>
        string.Concat(symbol.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant()));

    /// <summary>The lines of an XML doc comment.</summary>
    public static string Summary(string indent, string text) => $"{indent}/// <summary>{Escape(text.Trim())}</summary>\n";

    /// <summary>The constant that holds a record's fingerprint.</summary>
    public static string Fingerprint(string value) =>
        Summary("    ", "CRC-64-AVRO of the schema's parsing canonical form.") + $"    public const ulong Fingerprint = {value};\n\n";

    public static string Summary(string indent, FieldModel field)
    {
        var type = field.Type is OptionalType optional ? optional.Inner : field.Type;
        string text = field.Doc ?? (type as EnumType)?.Doc ?? $"The schema's {field.Name}.";
        if (type is ScalarType { Kind: Scalar.TimestampMicros }) text += " Microseconds since 1970-01-01 UTC.";
        return Summary(indent, text);
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
