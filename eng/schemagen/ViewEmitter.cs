using System.Text;

namespace StreamSched.SchemaGen;

internal static class ViewEmitter
{
    public static string Emit(RecordType type)
    {
        string name = type.Name;
        var code = new StringBuilder(CodeGenerator.Header + "using StreamSched.Avro.Binary;\n\nnamespace StreamSched.Avro.Records;\n\n");
        code.Append(Names.Summary("", (type.Doc ?? $"The schema's {name}.") + " This form lies over the encoded bytes and allocates nothing."));
        code.Append($"public ref struct {name}View{(type.Fingerprint is null ? "" : $" : IWireView<{name}View, {name}>")}\n{{\n");
        if (type.Fingerprint is not null)
            code.Append(Names.Fingerprint($"{name}.Fingerprint"));
        if (type.Fields.Any(field => Initializer(field) is not null))
            code.Append("    /// <summary>A record with the schema's defaults; <see langword=\"default\"/> has zeros.</summary>\n")
                .Append($"    public {name}View()\n    {{\n    }}\n\n");
        foreach (var field in type.Fields) code.Append(Property(field));
        code.Append(Decode(name));
        if (type.Fingerprint is not null) code.Append(Framed(name));
        else code.Append(Enumerate(type));
        if (type.Fingerprint is not null) code.Append(RangeEmitter.Emit(type, view: true));
        code.Append(Read(type)).Append(Encode(type)).Append(ToRecord(type));
        foreach (var field in type.Fields) code.Append(ItemsEmitter.Emit(field));
        return code.ToString().TrimEnd() + "\n}\n";
    }

    private static string Property(FieldModel field)
    {
        string summary = Names.Summary("    ", field);
        var type = field.Type is OptionalType optional ? optional.Inner : field.Type;
        string form = type switch
        {
            RecordType record => $" Encoded: <see cref=\"{record.Name}View\"/>.",
            ArrayType { Item: RecordType record } => $" Encoded: <see cref=\"{record.Name}View.Enumerate\"/>; nothing is an empty array.",
            ArrayType => " Encoded: <see cref=\"AvroReader.NextItem\"/>; nothing is an empty array.",
            MapType => " Encoded: <see cref=\"AvroReader.NextItem\"/>; nothing is an empty map.",
            ScalarType { Kind: Scalar.String } => " UTF-8.",
            _ => "",
        };
        summary = summary.Replace("</summary>", form + "</summary>", StringComparison.Ordinal);
        string clr = TypeCode.ViewClr(field.Type);
        if (field.Type is OptionalType && TypeCode.IsSpan(type))
            return summary + $"    public {clr} {field.Property} {{ readonly get; set {{ field = value; Has{field.Property} = true; }} }}\n\n"
                + Names.Summary("    ", $"Whether there is a {field.Name}; setting one sets this.")
                + $"    public bool Has{field.Property} {{ readonly get; set; }}\n\n";
        return summary + $"    public {clr} {field.Property} {{ readonly get; set; }}{(Initializer(field) is { } value ? $" = {value};" : "")}\n\n";
    }

    // Only what is not zero anyway.
    private static string? Initializer(FieldModel field) => field.Type switch
    {
        EnumType symbols when field.Initializer == $"{symbols.Name}.{Names.Symbol(symbols.Symbols[0])}" => null,
        _ => TypeCode.IsSpan(field.Type) ? null : field.Initializer,
    };

    private static string Decode(string name) => $$"""
            /// <summary>Decodes a record without a frame, and checks all of it.</summary>
            /// <param name="body">The whole encoded record; the view lies over it.</param>
            /// <param name="view">The record; after a fault, what stands before the fault.</param>
            /// <param name="fault">What is wrong with the bytes.</param>
            public static bool TryDecode(ReadOnlySpan<byte> body, out {{name}}View view, out AvroFault fault)
            {
                var reader = new AvroReader(body);
                Read(ref reader, out view);
                return reader.TryFinish(out fault);
            }

            /// <summary>Encodes the record without a frame.</summary>
            /// <param name="destination">Where to write.</param>
            /// <param name="written">How many bytes were written.</param>
            /// <returns>Whether the destination was long enough.</returns>
            public readonly bool TryEncode(Span<byte> destination, out int written)
            {
                var writer = new AvroWriter(destination);
                Write(ref writer);
                written = writer.Written.Length;
                return !writer.Overflowed;
            }


        """;

    private static string Framed(string name) => $$"""
            /// <summary>Decodes a message that was framed with exactly this schema.</summary>
            /// <param name="message">The whole message; the view lies over it.</param>
            /// <param name="view">The record; after a fault, what stands before the fault.</param>
            /// <param name="fault">What is wrong with the message; offsets inside the record count from the start of its body.</param>
            public static bool TryDecodeFramed(ReadOnlySpan<byte> message, out {{name}}View view, out AvroFault fault)
            {
                view = default;
                return Framing.TryRead(message, Fingerprint, out var body, out fault) && TryDecode(body, out view, out fault);
            }

            /// <summary>Encodes the record in Avro's single-object encoding.</summary>
            /// <param name="destination">Where to write.</param>
            /// <param name="written">How many bytes were written.</param>
            /// <returns>Whether the destination was long enough.</returns>
            public readonly bool TryEncodeFramed(Span<byte> destination, out int written)
            {
                written = 0;
                if (destination.Length < Framing.HeaderLength || !TryEncode(destination[Framing.HeaderLength..], out int body)) return false;
                Framing.WriteHeader(Fingerprint, destination);
                written = Framing.HeaderLength + body;
                return true;
            }

            /// <summary>Encodes the record in Avro's single-object encoding, whatever its length.</summary>
            /// <param name="buffer">Where to write; one that is too short is replaced by a longer one.</param>
            /// <returns>The message, a part of the buffer.</returns>
            public readonly ReadOnlySpan<byte> ToFramed(scoped ref byte[] buffer)
            {
                int written;
                while (!TryEncodeFramed(buffer, out written)) buffer = new byte[Math.Max(2 * buffer.Length, Framing.HeaderLength + GetEncodedLength())];
                return buffer.AsSpan(0, written);
            }


        """;

    private static string Enumerate(RecordType type) => $$"""
            /// <summary>Goes over an encoded array of such records, with <see langword="foreach"/>.</summary>
            /// <param name="encoded">The array as another view holds it.</param>
            public static Items Enumerate(ReadOnlySpan<byte> encoded) => new(encoded);

            /// <summary>An encoded array of such records.</summary>
            public ref struct Items
            {
                private AvroReader _reader;
                private AvroBlock _block;
                private {{type.Name}}View _current;

                internal Items(ReadOnlySpan<byte> encoded) => _reader = new AvroReader(encoded);

                /// <summary>The item.</summary>
                public readonly {{type.Name}}View Current => _current;

                /// <summary>An enumerator from the first item.</summary>
                public readonly Items GetEnumerator() => this;

                /// <summary>Moves to the next item.</summary>
                public bool MoveNext()
                {
                    if (!_reader.NextItem(ref _block, {{type.MinBytes}})) return false;
                    Read(ref _reader, out _current);
                    return !_reader.Failed;
                }
            }


        """;

    private static string Read(RecordType type)
    {
        var code = new StringBuilder($$"""
                /// <summary>Reads one record, which others may follow.</summary>
                /// <param name="reader">Knows afterwards whether the bytes were sound.</param>
                /// <param name="view">The record.</param>
                public static void Read(scoped ref AvroReader reader, out {{type.Name}}View view)
                {
                    view = default;

            """);
        foreach (var field in type.Fields)
        {
            var inner = field.Type is OptionalType some ? some.Inner : field.Type;
            string read = TypeCode.IsRaw(inner)
                ? $"{{ int at = reader.Position; {TypeCode.Skip(inner, field.Property)} view.{field.Property} = reader.Since(at); }}"
                : $"view.{field.Property} = {TypeCode.ReadFlat(inner)};";
            code.Append(field.Type is OptionalType optional ? $"        if (reader.ReadUnion(2) == {optional.ValueIndex}) {read}\n" : $"        {read}\n");
        }
        return code.Append("    }\n\n").ToString();
    }

    private static string Encode(RecordType type)
    {
        var measure = new StringBuilder("""
                /// <summary>How many bytes the encoded record takes, without a frame.</summary>
                public readonly int GetEncodedLength()
                {
                    int length = 0;

            """);
        var write = new StringBuilder("""
                /// <summary>Writes the record, which others may follow.</summary>
                /// <param name="writer">Knows afterwards whether there was room.</param>
                public readonly void Write(ref AvroWriter writer)
                {

            """);
        int some = 0;
        foreach (var field in type.Fields)
        {
            string depth = $"{some++}_";
            if (field.Type is OptionalType optional && TypeCode.IsSpan(optional.Inner))
            {
                string measureValue = TypeCode.Measure(optional.Inner, field.Property, view: true, depth);
                string writeValue = TypeCode.Write(optional.Inner, field.Property, view: true, depth);
                measure.Append($"        length += 1;\n        if (Has{field.Property}) {{ {measureValue} }}\n");
                write.Append($"        if (Has{field.Property}) {{ writer.WriteInt({optional.ValueIndex}); {writeValue} }}\n");
                write.Append($"        else writer.WriteInt({optional.NullIndex});\n");
                continue;
            }
            measure.Append($"        {TypeCode.Measure(field.Type, field.Property, view: true, depth)}\n");
            write.Append($"        {TypeCode.Write(field.Type, field.Property, view: true, depth)}\n");
        }
        measure.Append("        return length;\n    }\n\n");
        return measure.ToString() + write + "    }\n\n";
    }

    private static string ToRecord(RecordType type) => $$"""
                /// <summary>Copies the record out of the bytes it lies over.</summary>
                public readonly {{type.Name}} ToRecord() => new(in this);

                internal static {{type.Name}} ReadRecord(scoped ref AvroReader reader)
                {
                    Read(ref reader, out var view);
                    return view.ToRecord();
                }

                internal static {{type.Name}} ReadRecord(ReadOnlySpan<byte> encoded)
                {
                    var reader = new AvroReader(encoded);
                    return ReadRecord(ref reader);
                }


            """;

    /// <summary>Expression that copies a field out of <c>view</c>.</summary>
    public static string Copy(FieldModel field) => field.Type is OptionalType optional && TypeCode.IsSpan(optional.Inner)
        ? $"view.Has{field.Property} ? {Copy(optional.Inner, field.Property)} : null"
        : Copy(field.Type, field.Property);

    private static string Copy(AvroType type, string property) => type switch
    {
        ScalarType { Kind: Scalar.String } => $"global::System.Text.Encoding.UTF8.GetString(view.{property})",
        ScalarType { Kind: Scalar.Bytes } or FixedType => $"view.{property}.ToArray()",
        RecordType record => $"{record.Name}View.ReadRecord(view.{property})",
        ArrayType or MapType => $"view.Copy{property}()",
        _ => $"view.{property}",
    };
}
