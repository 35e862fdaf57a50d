using System.Globalization;
using System.Text;

namespace StreamSched.SchemaGen;

/// <summary>
/// The check of values against what the schema allows: <c>range</c> [least, most] of a number, or of the numbers in an array or a map; <c>length</c> [least,
/// most] of a string in bytes, of bytes, an array or a map. Instants lie within 1970 and 2100, whole numbers must have a range, others without one need only be
/// finite, strings and keys of maps without a length have at most 256 bytes.
/// </summary>
internal static class RangeEmitter
{
    private static readonly Bounds Instants = new("0", "4102444800000000"), Names = new("0", "256");

    public static string Emit(RecordType type, bool view)
    {
        StringBuilder code = new();
        code.Append(view
            ? "    /// <summary>The first value outside of what the schema allows, such as <c>batch is 0, not within 1..256</c>; "
                + "arrays, maps and records are not looked into. null: there is none.</summary>\n"
            : "    /// <summary>The first value outside of what the schema allows, such as <c>variants[1].maxBatch is 0, not within 1..256</c>; null: "
                + "there is none.</summary>\n");
        code.Append($"    public {(view ? "readonly " : "")}string? RangeFault()\n    {{\n");
        foreach (FieldModel field in type.Fields) code.Append(view ? ViewField(field) : Field(field.Type, field, field.Property, $"\"{field.Name}\"", 2));
        return code.Append("        return null;\n    }\n\n").ToString();
    }

    // Of a view only what lies open: spans of encoded items are gone through by their readers.
    private static string ViewField(FieldModel field)
    {
        AvroType type = field.Type is OptionalType some ? some.Inner : field.Type;
        if (TypeCode.IsRaw(type) || type is FixedType or EnumType or ScalarType { Kind: Scalar.Boolean or Scalar.Uuid } || IsWholeOfLong(field)) return "";
        string condition = field.Type is OptionalType && TypeCode.IsSpan(type) ? $"Has{field.Property} && " : "";
        string name = $"\"{field.Name}\"";
        if (type is ScalarType { Kind: Scalar.String or Scalar.Bytes })
        {
            if (LengthOf(field, type) is not { } length) return "";
            return $"        if ({condition}{field.Property}.Length is {Outside(length)}) return Ranges.Length({name}, {field.Property}.Length, "
                + $"{length.Least}, {length.Most});\n";
        }

        return field.Type is OptionalType
            ? $"        if ({field.Property} is {{ }} some{field.Property} && {Beyond(type, field, $"some{field.Property}")}) return "
                + $"{Fault(type, field, name, $"some{field.Property}")};\n"
            : $"        if ({Beyond(type, field, field.Property)}) return {Fault(type, field, name, field.Property)};\n";
    }

    private static string Field(AvroType type, FieldModel field, string value, string name, int depth)
    {
        string indent = new(' ', 4 * depth), item = $"item{field.Property}{depth}";
        switch (type)
        {
            case OptionalType optional:
                string inner = Field(optional.Inner, field, item, name, depth + 1);
                return inner.Length == 0 ? "" : $"{indent}if ({value} is {{ }} {item})\n{indent}{{\n{inner}{indent}}}\n";
            case RecordType:
                return $"{indent}if ({value}.RangeFault() is {{ }} {item}Fault) return {name} + \".\" + {item}Fault;\n";
            case ScalarType { Kind: Scalar.String }:
                Bounds text = field.Length ?? Names;
                return $"{indent}if (Ranges.Utf8Length({value}) is {Outside(text)}) return Ranges.Length({name}, Ranges.Utf8Length({value}), "
                    + $"{text.Least}, {text.Most});\n";
            case ScalarType { Kind: Scalar.Bytes }:
                return LengthCheck(field, value + ".Length", name, indent);
            case ArrayType array:
                string items = Field(
                    array.Item, field with { Length = array.Item is ScalarType { Kind: Scalar.String } ? null : field.Length }, $"{value}[i{depth}]",
                    $"$\"{field.Name}[{{i{depth}}}]\"", depth + 1);
                return LengthCheck(field, value + ".Length", name, indent)
                    + (items.Length == 0 ? "" : $"{indent}for (int i{depth} = 0; i{depth} < {value}.Length; i{depth}++)\n{indent}{{\n{items}{indent}}}\n");
            case MapType map:
                string values = Field(map.Value, field, $"{item}Value", $"$\"{field.Name}[{{{item}Key}}]\"", depth + 1);
                return LengthCheck(field, value + ".Count", name, indent)
                    + $"{indent}foreach (var ({item}Key, {item}Value) in {value})\n{indent}{{\n"
                    + $"{indent}    if (Ranges.Utf8Length({item}Key) > {Names.Most}) return Ranges.Length({name} + \"'s key\", Ranges.Utf8Length({item}Key), "
                    + $"{Names.Least}, {Names.Most});\n{values}{indent}}}\n";
            case FixedType or EnumType or ScalarType { Kind: Scalar.Boolean or Scalar.Uuid }:
                return "";
            case ScalarType when IsWholeOfLong(field):
                return "";
            default:
                return $"{indent}if ({Beyond(type, field, value)}) return {Fault(type, field, name, value)};\n";
        }
    }

    private static string LengthCheck(FieldModel field, string length, string name, string indent) =>
        field.Length is { } bounds
            ? $"{indent}if ({length} is {Outside(bounds)}) return Ranges.Length({name}, {length}, {bounds.Least}, {bounds.Most});\n" : "";

    private static Bounds? LengthOf(FieldModel field, AvroType type) => field.Length ?? (type is ScalarType { Kind: Scalar.String } ? Names : null);

    private static string Beyond(AvroType type, FieldModel field, string value)
    {
        Bounds? range = RangeOf(type, field);
        return IsWhole(type)
            ? $"{value} is {Outside(range ?? throw new SchemaException($"{field.Name} is a whole number without a range"))}"
            : range is { } bounds ? $"!({value} is >= {Literal(bounds.Least, type)} and <= {Literal(bounds.Most, type)})"
            : $"!{TypeCode.Clr(type)}.IsFinite({value})";
    }

    private static string Fault(AvroType type, FieldModel field, string name, string value) => RangeOf(type, field) is { } range
        ? $"Ranges.Number({name}, {value}, \"{range.Least}\", \"{range.Most}\")" : $"Ranges.NotFinite({name}, {value})";

    private static Bounds? RangeOf(AvroType type, FieldModel field) => field.Range ?? (type is ScalarType { Kind: Scalar.TimestampMicros } ? Instants : null);

    // Of a seed every value is one.
    private static bool IsWholeOfLong(FieldModel field) => field.Range is { Least: "-9223372036854775808", Most: "9223372036854775807" };

    private static bool IsWhole(AvroType type) => type is ScalarType { Kind: Scalar.Int or Scalar.Long or Scalar.TimestampMicros };

    private static string Outside(Bounds bounds) => $"< {bounds.Least} or > {bounds.Most}";

    private static string Literal(string number, AvroType type)
    {
        double value = double.Parse(number, CultureInfo.InvariantCulture);
        return type is ScalarType { Kind: Scalar.Float }
            ? ((float)value).ToString("R", CultureInfo.InvariantCulture) + "f" : value.ToString("R", CultureInfo.InvariantCulture) + "d";
    }
}
