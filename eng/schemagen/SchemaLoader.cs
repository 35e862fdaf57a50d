using System.Globalization;
using System.Text.Json.Nodes;
using Avro;
using Newtonsoft.Json.Linq;
using StreamSched.Avro.Schemas;

namespace StreamSched.SchemaGen;

/// <summary>Reads all schema files with Apache.Avro's parser into one model in which every named type exists once.</summary>
internal sealed class SchemaLoader
{
    private readonly Dictionary<string, (string Form, AvroType Type)> _named = [];
    private readonly HashSet<string> _open = [];

    public IEnumerable<RecordType> Records => _named.Values.Select(entry => entry.Type).OfType<RecordType>();

    public IEnumerable<EnumType> Enums => _named.Values.Select(entry => entry.Type).OfType<EnumType>();

    public void Load(string path)
    {
        var json = JsonNode.Parse(File.ReadAllText(path)) ?? throw new SchemaException($"{path}: empty");
        string file = Path.GetFileNameWithoutExtension(path);
        try
        {
            if (Schema.Parse(SchemaText.Mark(json).ToJsonString()) is not RecordSchema schema) throw new SchemaException($"{path}: not a record");
            var record = (RecordType)Convert(schema);
            ulong fingerprint = unchecked((ulong)SchemaNormalization.ParsingFingerprint64(Schema.Parse(SchemaText.Strip(json).ToJsonString())));
            _named[schema.Fullname] = (Form(schema), record with { Fingerprint = fingerprint, File = file });
        }
        catch (AvroException fault)
        {
            throw new SchemaException($"{path}: {fault.Message}");
        }
    }

    private AvroType Convert(Schema schema) => schema switch
    {
        PrimitiveSchema primitive => new ScalarType(Primitive(primitive)),
        ArraySchema array => new ArrayType(Convert(array.ItemSchema)),
        MapSchema map => new MapType(Convert(map.ValueSchema)),
        UnionSchema union => Optional(union),
        NamedSchema named => Named(named),
        _ => throw new SchemaException($"no code for {schema.Tag}"),
    };

    private static Scalar Primitive(PrimitiveSchema schema)
    {
        string? logical = schema.GetProperty(SchemaText.LogicalTypeProperty)?.Trim('"');
        return (schema.Tag, logical) switch
        {
            (Schema.Type.Boolean, null) => Scalar.Boolean,
            (Schema.Type.Int, null) => Scalar.Int,
            (Schema.Type.Long, null) => Scalar.Long,
            (Schema.Type.Long, "timestamp-micros") => Scalar.TimestampMicros,
            (Schema.Type.Float, null) => Scalar.Float,
            (Schema.Type.Double, null) => Scalar.Double,
            (Schema.Type.Bytes, null) => Scalar.Bytes,
            (Schema.Type.String, null) => Scalar.String,
            (Schema.Type.String, "uuid") => Scalar.Uuid,
            _ => throw new SchemaException($"no code for {schema.Tag} with logical type {logical ?? "none"}"),
        };
    }

    private OptionalType Optional(UnionSchema union)
    {
        int nullIndex = union.Schemas.ToList().FindIndex(branch => branch.Tag == Schema.Type.Null);
        if (union.Count != 2 || nullIndex < 0) throw new SchemaException("a union must have two branches, one of them null");
        return new OptionalType(Convert(union[1 - nullIndex]), nullIndex);
    }

    private AvroType Named(NamedSchema schema)
    {
        string form = Form(schema);
        if (_named.TryGetValue(schema.Fullname, out var known))
        {
            if (known.Form != form) throw new SchemaException($"{schema.Fullname} is defined in two ways: {known.Form} and {form}");
            return WithDoc(known.Type, schema);
        }
        if (!_open.Add(schema.Fullname)) throw new SchemaException($"{schema.Fullname} contains itself; the generated code has no recursion");
        AvroType type = schema switch
        {
            EnumSchema symbols => new EnumType(schema.Name, [.. symbols.Symbols], Doc(schema)),
            FixedSchema @fixed => new FixedType(schema.Name, @fixed.Size),
            RecordSchema record => new RecordType(schema.Name, Doc(schema), [.. record.Fields.Select(Field)]),
            _ => throw new SchemaException($"no code for {schema.Tag}"),
        };
        _open.Remove(schema.Fullname);
        _named[schema.Fullname] = (form, type);
        return type;
    }

    // Only where the first definition had no doc; the types are equal otherwise.
    private AvroType WithDoc(AvroType type, NamedSchema schema)
    {
        if (type is EnumType { Doc: null } symbols && Doc(schema) is { } doc)
            _named[schema.Fullname] = (Form(schema), type = symbols with { Doc = doc });
        return type;
    }

    private FieldModel Field(Field field)
    {
        var type = Convert(field.Schema);
        string property = char.ToUpperInvariant(field.Name[0]) + field.Name[1..];
        return new FieldModel(field.Name, property, type, field.Documentation, Initializer(type, field.DefaultValue))
        {
            Range = Limits(field, "range"), Length = Limits(field, "length"),
        };
    }

    private static Bounds? Limits(Field field, string attribute)
    {
        if (field.GetProperty(attribute) is not { } text) return null;
        if (JsonNode.Parse(text) is not JsonArray { Count: 2 } pair) throw new SchemaException($"{attribute} of {field.Name} is not [least, most]");
        return new Bounds(pair[0]!.ToJsonString(), pair[1]!.ToJsonString());
    }

    private static string? Initializer(AvroType type, JToken? value) => type switch
    {
        OptionalType => null,
        ArrayType when value is null or JArray { Count: 0 } => "[]",
        MapType when value is null or JObject { Count: 0 } => "[]",
        FixedType @fixed when value is null => $"new byte[{@fixed.Size}]",
        RecordType record when value is null => $"new {record.Name}()",
        ScalarType { Kind: Scalar.Bytes } when value is null => "[]",
        ScalarType { Kind: Scalar.String } => Literal((string?)value ?? ""),
        EnumType symbols when value is not null => $"{symbols.Name}.{Names.Symbol((string)value!)}",
        ScalarType when value is null => null,
        ScalarType { Kind: Scalar.Boolean } => (bool)value ? "true" : null,
        ScalarType { Kind: Scalar.Int or Scalar.Long or Scalar.TimestampMicros } =>
            (long)value is not 0 and var number ? number.ToString(CultureInfo.InvariantCulture) : null,
        ScalarType { Kind: Scalar.Float } => (float)value is not 0 and var number ? number.ToString("R", CultureInfo.InvariantCulture) + "f" : null,
        ScalarType { Kind: Scalar.Double } => (double)value is not 0 and var number ? number.ToString("R", CultureInfo.InvariantCulture) + "d" : null,
        _ when value is null => null,
        _ => throw new SchemaException($"no code for the default {value}"),
    };

    private static string Literal(string text) => JsonValue.Create(text).ToJsonString();

    private static string? Doc(NamedSchema schema) =>
        schema.GetProperty(SchemaText.DocProperty) is { } text ? text.StartsWith('"') ? JsonNode.Parse(text)!.GetValue<string>() : text : null;

    private static string Form(NamedSchema schema) => SchemaNormalization.ToParsingForm(schema);
}
