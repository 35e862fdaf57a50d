using Avro;

namespace StreamSched.Avro.Schemas;

/// <summary>Questions about parsed schemas.</summary>
internal static class SchemaShape
{
    /// <summary>Whether a record contains itself, directly or through other types.</summary>
    public static bool IsRecursive(Schema schema) => IsRecursive(schema, []);

    /// <summary>Whether values take no bytes at all, so that the bytes left do not bound how many there are.</summary>
    public static bool IsEmpty(Schema schema) => schema switch
    {
        FixedSchema { Size: 0 } => true,
        // An endless record is found by the walk's depth.
        RecordSchema record => !IsRecursive(record) && record.Fields.TrueForAll(field => IsEmpty(field.Schema)),
        _ => schema.Tag == Schema.Type.Null,
    };

    private static bool IsRecursive(Schema schema, List<Schema> open)
    {
        switch (schema)
        {
            case RecordSchema record:
                if (open.Any(other => ReferenceEquals(other, record))) return true;
                open.Add(record);
                bool recursive = record.Fields.Exists(field => IsRecursive(field.Schema, open));
                open.Remove(record);
                return recursive;
            case ArraySchema array: return IsRecursive(array.ItemSchema, open);
            case MapSchema map: return IsRecursive(map.ValueSchema, open);
            case UnionSchema union: return union.Schemas.Any(branch => IsRecursive(branch, open));
            default: return false;
        }
    }
}
