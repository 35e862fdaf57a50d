namespace StreamSched.SchemaGen;

internal abstract record AvroType
{
    /// <summary>The least number of bytes that a value takes.</summary>
    public abstract int MinBytes { get; }
}

internal enum Scalar
{
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Uuid,
    TimestampMicros,
}

internal sealed record ScalarType(Scalar Kind) : AvroType
{
    public override int MinBytes => Kind switch { Scalar.Float => 4, Scalar.Double => 8, Scalar.Uuid => 37, _ => 1 };
}

internal sealed record EnumType(string Name, IReadOnlyList<string> Symbols, string? Doc) : AvroType
{
    public override int MinBytes => 1;
}

internal sealed record FixedType(string Name, int Size) : AvroType
{
    public override int MinBytes => Size;
}

internal sealed record ArrayType(AvroType Item) : AvroType
{
    public override int MinBytes => 1;
}

internal sealed record MapType(AvroType Value) : AvroType
{
    public override int MinBytes => 1;
}

internal sealed record OptionalType(AvroType Inner, int NullIndex) : AvroType
{
    public override int MinBytes => 1;

    public int ValueIndex => 1 - NullIndex;
}

internal sealed record RecordType(string Name, string? Doc, IReadOnlyList<FieldModel> Fields) : AvroType
{
    public override int MinBytes => Fields.Sum(item => item.Type.MinBytes);

    /// <summary>Set for the record that a file declares: the fingerprint with which it is framed.</summary>
    public ulong? Fingerprint { get; init; }

    /// <summary>The file's name without extension.</summary>
    public string? File { get; init; }
}

/// <param name="Name">As in the schema.</param>
/// <param name="Property">As in C#.</param>
/// <param name="Type">Its type.</param>
/// <param name="Doc">The schema's doc.</param>
/// <param name="Initializer">C# expression of the schema's default, or of the type's where that may not be null.</param>
internal sealed record FieldModel(string Name, string Property, AvroType Type, string? Doc, string? Initializer)
{
    /// <summary>What its numbers lie within; null: the schema does not say.</summary>
    public Bounds? Range { get; init; }

    /// <summary>What its length lies within; null: the schema does not say.</summary>
    public Bounds? Length { get; init; }
}

/// <param name="Least">As in the schema.</param>
/// <param name="Most">As in the schema.</param>
internal sealed record Bounds(string Least, string Most);
