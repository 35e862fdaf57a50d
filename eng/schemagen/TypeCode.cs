namespace StreamSched.SchemaGen;

/// <summary>C# for values of a type: what holds them, and how they are read, skipped, measured and written.</summary>
internal static class TypeCode
{
    /// <summary>Whether a view keeps values of the type encoded.</summary>
    public static bool IsRaw(AvroType type) => type is ArrayType or MapType or RecordType;

    /// <summary>Whether a view holds values of the type as a span of bytes.</summary>
    public static bool IsSpan(AvroType type) => IsRaw(type) || type is FixedType or ScalarType { Kind: Scalar.Bytes or Scalar.String };

    /// <summary>The type of a record's property.</summary>
    public static string Clr(AvroType type) => type switch
    {
        ScalarType { Kind: Scalar.Boolean } => "bool",
        ScalarType { Kind: Scalar.Int } => "int",
        ScalarType { Kind: Scalar.Long or Scalar.TimestampMicros } => "long",
        ScalarType { Kind: Scalar.Float } => "float",
        ScalarType { Kind: Scalar.Double } => "double",
        ScalarType { Kind: Scalar.Bytes } or FixedType => "byte[]",
        ScalarType { Kind: Scalar.String } => "string",
        ScalarType { Kind: Scalar.Uuid } => "Guid",
        EnumType symbols => symbols.Name,
        RecordType record => record.Name,
        ArrayType array => $"{Clr(array.Item)}[]",
        MapType map => $"Dictionary<string, {Clr(map.Value)}>",
        OptionalType optional => Clr(optional.Inner) + "?",
        _ => throw new SchemaException($"no code for {type}"),
    };

    /// <summary>The type of a view's property.</summary>
    public static string ViewClr(AvroType type) => type switch
    {
        _ when IsSpan(type) => "ReadOnlySpan<byte>",
        OptionalType { Inner: var inner } when IsSpan(inner) => "ReadOnlySpan<byte>",
        _ => Clr(type),
    };

    /// <summary>Expression that reads a value in its form for views. Raw types are read by statements instead.</summary>
    public static string ReadFlat(AvroType type) => type switch
    {
        ScalarType { Kind: Scalar.TimestampMicros } => "reader.ReadLong()",
        ScalarType scalar => $"reader.Read{scalar.Kind}()",
        FixedType @fixed => $"reader.ReadFixed({@fixed.Size})",
        EnumType symbols => $"({symbols.Name})reader.ReadEnum({symbols.Symbols.Count})",
        _ => throw new SchemaException($"no code for {type}"),
    };

    /// <summary>Expression that reads a value in its form for records.</summary>
    public static string Read(AvroType type, string path) => type switch
    {
        ScalarType { Kind: Scalar.String } => "reader.ReadText()",
        ScalarType { Kind: Scalar.Bytes } or FixedType => ReadFlat(type) + ".ToArray()",
        ScalarType or EnumType => ReadFlat(type),
        RecordType record => $"{record.Name}View.ReadRecord(ref reader)",
        ArrayType or MapType => $"Read{path}(ref reader)",
        OptionalType optional => $"reader.ReadUnion(2) == {optional.ValueIndex} ? {Read(optional.Inner, path)} : ({Clr(optional)})null",
        _ => throw new SchemaException($"no code for {type}"),
    };

    /// <summary>Statement that goes over a value and checks it.</summary>
    public static string Skip(AvroType type, string path) => type switch
    {
        ScalarType or FixedType => ReadFlat(type) + ";",
        EnumType symbols => $"reader.ReadEnum({symbols.Symbols.Count});",
        RecordType record => $"{record.Name}View.Read(ref reader, out _);",
        ArrayType or MapType => $"Skip{path}(ref reader);",
        OptionalType optional => $"if (reader.ReadUnion(2) == {optional.ValueIndex}) {{ {Skip(optional.Inner, path)} }}",
        _ => throw new SchemaException($"no code for {type}"),
    };

    /// <summary>Statements that write a value, of the form for views or for records.</summary>
    public static string Write(AvroType type, string value, bool view, string depth = "") => type switch
    {
        ScalarType { Kind: Scalar.TimestampMicros } => $"writer.WriteLong({value});",
        ScalarType { Kind: Scalar.String } => view ? $"writer.WriteBytes({value});" : $"writer.WriteText({value});",
        ScalarType scalar => $"writer.Write{scalar.Kind}({value});",
        FixedType @fixed => $"writer.WriteFixed({value}, {@fixed.Size});",
        EnumType symbols => $"writer.WriteEnum((int){value}, {symbols.Symbols.Count});",
        RecordType when view => $"writer.WriteRaw({value});",
        ArrayType or MapType when view => $"writer.WriteItems({value});",
        RecordType => $"{value}.Write(ref writer);",
        ArrayType array =>
            $"writer.WriteBlock({value}.Length); "
            + $"foreach (var item{depth} in {value}) {{ {Write(array.Item, "item" + depth, view, depth + "1")} }} "
            + "writer.WriteEnd();",
        MapType map =>
            $"writer.WriteBlock({value}.Count); "
            + $"foreach (var (key{depth}, item{depth}) in {value}) "
            + $"{{ writer.WriteText(key{depth}); {Write(map.Value, "item" + depth, view, depth + "1")} }} "
            + "writer.WriteEnd();",
        OptionalType optional =>
            $"if ({value} is {{ }} some{depth}) "
            + $"{{ writer.WriteInt({optional.ValueIndex}); {Write(optional.Inner, "some" + depth, view, depth + "1")} }} "
            + $"else writer.WriteInt({optional.NullIndex});",
        _ => throw new SchemaException($"no code for {type}"),
    };

    /// <summary>Statements that add what a value takes to <c>length</c>.</summary>
    public static string Measure(AvroType type, string value, bool view, string depth = "") => type switch
    {
        ScalarType { Kind: Scalar.Boolean } => "length += 1;",
        ScalarType { Kind: Scalar.Int or Scalar.Long or Scalar.TimestampMicros or Scalar.Bytes or Scalar.String } => $"length += AvroWriter.LengthOf({value});",
        ScalarType { Kind: Scalar.Float or Scalar.Double or Scalar.Uuid } or FixedType => $"length += {type.MinBytes};",
        EnumType => $"length += AvroWriter.LengthOf((int){value});",
        RecordType when view => $"length += {value}.Length;",
        ArrayType or MapType when view => $"length += {value}.IsEmpty ? 1 : {value}.Length;",
        RecordType => $"length += {value}.GetEncodedLength();",
        ArrayType array => $"length += {value}.Length == 0 ? 1 : 1 + AvroWriter.LengthOf({value}.Length); {MeasureItems(array, value, depth)}",
        MapType map =>
            $"length += {value}.Count == 0 ? 1 : 1 + AvroWriter.LengthOf({value}.Count); "
            + $"foreach (var (key{depth}, item{depth}) in {value}) "
            + $"{{ length += AvroWriter.LengthOf(key{depth}); {Measure(map.Value, "item" + depth, view, depth + "1")} }}",
        OptionalType optional => $"length += 1; if ({value} is {{ }} some{depth}) {{ {Measure(optional.Inner, "some" + depth, view, depth + "1")} }}",
        _ => throw new SchemaException($"no code for {type}"),
    };

    private static string MeasureItems(ArrayType array, string value, string depth) => array.Item switch
    {
        ScalarType { Kind: Scalar.Boolean or Scalar.Float or Scalar.Double or Scalar.Uuid } or FixedType =>
            $"length += {array.Item.MinBytes} * {value}.Length;",
        _ => $"foreach (var item{depth} in {value}) {{ {Measure(array.Item, "item" + depth, view: false, depth + "1")} }}",
    };
}
