using System.Text;

namespace StreamSched.SchemaGen;

internal static class RecordEmitter
{
    public static string Emit(RecordType type)
    {
        string name = type.Name;
        var code = new StringBuilder(CodeGenerator.Header + "using System.Diagnostics.CodeAnalysis;\nusing StreamSched.Avro.Binary;\n"
            + "using StreamSched.Avro.Schemas;\n\nnamespace StreamSched.Avro.Records;\n\n");
        code.Append(Names.Summary("", type.Doc ?? $"The schema's {name}."));
        code.Append($"public sealed record {name}{(type.Fingerprint is null ? "" : $" : IWireRecord<{name}>")}\n{{\n");
        if (type.Fingerprint is { } fingerprint)
        {
            code.Append(Names.Fingerprint($"0x{fingerprint:X16}"));
            code.Append($"    /// <inheritdoc />\n    public static WireSchema Schema {{ get; }} = new(\"{type.File}\", \"{name}\", Fingerprint);\n\n");
        }
        // Not by initializers: those would run when a record is decoded too, and allocate maps for nothing.
        code.Append("    /// <summary>A record with the schema's defaults, and empty values where it has none.</summary>\n");
        code.Append($"    public {name}()\n    {{\n");
        foreach (var field in type.Fields)
            if (field.Initializer is { } value) code.Append($"        {field.Property} = {value};\n");
        code.Append($"    }}\n\n    internal {name}(scoped in {name}View view)\n    {{\n");
        foreach (var field in type.Fields) code.Append($"        {field.Property} = {ViewEmitter.Copy(field)};\n");
        code.Append("    }\n\n");
        foreach (var field in type.Fields)
            code.Append(Names.Summary("    ", field)).Append($"    public {TypeCode.Clr(field.Type)} {field.Property} {{ get; set; }}\n\n");
        code.Append(Names.Summary("    ", "How many bytes the encoded record takes, without a frame."));
        code.Append("    public int GetEncodedLength()\n    {\n        int length = 0;\n");
        int some = 0;
        foreach (var field in type.Fields) code.Append($"        {TypeCode.Measure(field.Type, field.Property, view: false, Depth(ref some))}\n");
        code.Append("        return length;\n    }\n\n");
        code.Append($$"""
                /// <summary>Encodes the record without a frame.</summary>
                /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
                /// <returns>How many bytes were written.</returns>
                /// <exception cref="ArgumentException">The destination is too short.</exception>
                public int Encode(Span<byte> destination)
                {
                    var writer = new AvroWriter(destination);
                    Write(ref writer);
                    if (writer.Overflowed) throw new ArgumentException("Too short for the record.", nameof(destination));
                    return writer.Written.Length;
                }

                /// <summary>Decodes a record without a frame. Nothing but the record is allocated, and that only once the bytes are sound.</summary>
                /// <param name="body">The whole encoded record.</param>
                /// <param name="value">The record.</param>
                /// <param name="fault">What is wrong with the bytes.</param>
                public static bool TryDecode(ReadOnlySpan<byte> body, [NotNullWhen(true)] out {{name}}? value, out AvroFault fault)
                {
                    value = {{name}}View.TryDecode(body, out var view, out fault) ? view.ToRecord() : null;
                    return value is not null;
                }


            """);
        if (type.Fingerprint is not null)
            code.Append($$"""
                    /// <summary>The record in Avro's single-object encoding.</summary>
                    public byte[] ToFramed()
                    {
                        var message = new byte[Framing.HeaderLength + GetEncodedLength()];
                        Framing.WriteHeader(Fingerprint, message);
                        Encode(message.AsSpan(Framing.HeaderLength));
                        return message;
                    }

                    /// <summary>Decodes a message that was framed with exactly this schema.</summary>
                    /// <param name="message">The whole message.</param>
                    /// <param name="value">The record.</param>
                    /// <param name="fault">What is wrong with the message; offsets inside the record count from the start of its body.</param>
                    public static bool TryDecodeFramed(ReadOnlySpan<byte> message, [NotNullWhen(true)] out {{name}}? value, out AvroFault fault)
                    {
                        value = null;
                        return Framing.TryRead(message, Fingerprint, out var body, out fault) && TryDecode(body, out value, out fault);
                    }


                """);
        code.Append(RangeEmitter.Emit(type, view: false));
        code.Append("    internal void Write(ref AvroWriter writer)\n    {\n");
        some = 0;
        foreach (var field in type.Fields) code.Append($"        {TypeCode.Write(field.Type, field.Property, view: false, Depth(ref some))}\n");
        return code.Append("    }\n}\n").ToString();
    }

    // Pattern variables live until the end of the method, so every field needs names of its own.
    private static string Depth(ref int some) => $"{some++}_";
}
