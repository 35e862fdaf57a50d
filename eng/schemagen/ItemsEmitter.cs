namespace StreamSched.SchemaGen;

/// <summary>Methods of a view that go over an array or a map, and that copy it.</summary>
internal static class ItemsEmitter
{
    public static string Emit(FieldModel field)
    {
        var type = field.Type is OptionalType optional ? optional.Inner : field.Type;
        return type is ArrayType or MapType ? Copy(TypeCode.Clr(type), field.Property) + Emit(type, field.Property) : "";
    }

    private static string Emit(AvroType type, string path) => type switch
    {
        OptionalType optional => Emit(optional.Inner, path),
        ArrayType array => Skip(path, array.Item, "") + Array(array, path) + Emit(array.Item, path + "Item"),
        MapType map => Skip(path, map.Value, "reader.ReadString(); ") + Map(map, path) + Emit(map.Value, path + "Item"),
        _ => "",
    };

    private static string Skip(string path, AvroType item, string key)
    {
        if (key.Length == 0 && item is FixedType or ScalarType { Kind: Scalar.Float or Scalar.Double })
            return $"    private static int Skip{path}(scoped ref AvroReader reader) => reader.SkipItems({item.MinBytes});\n\n";
        return $$"""
                private static int Skip{{path}}(scoped ref AvroReader reader)
                {
                    int count = 0;
                    AvroBlock block = default;
                    for (; reader.NextItem(ref block, {{MinBytes(item, key)}}); count++) { {{key}}{{TypeCode.Skip(item, path + "Item")}} }
                    return count;
                }


            """;
    }

    private static int MinBytes(AvroType item, string key) => item.MinBytes + (key.Length == 0 ? 0 : 1);

    private static string Array(ArrayType type, string path)
    {
        string clr = TypeCode.Clr(type.Item);
        int brackets = clr.IndexOf("[]", StringComparison.Ordinal);
        string create = brackets < 0 ? $"new {clr}[count]" : $"new {clr[..brackets]}[count]{clr[brackets..]}";
        return $$"""
                private static {{clr}}[] Read{{path}}(scoped ref AvroReader reader)
                {
                    int start = reader.Position;
                    int count = Skip{{path}}(ref reader);
                    if (count == 0 || reader.Failed) return [];
                    reader.Rewind(start);
                    var items = {{create}};
                    AvroBlock block = default;
                    for (int i = 0; reader.NextItem(ref block, {{type.Item.MinBytes}}); i++) items[i] = {{TypeCode.Read(type.Item, path + "Item")}};
                    return items;
                }


            """;
    }

    private static string Map(MapType type, string path)
    {
        string clr = TypeCode.Clr(type);
        return $$"""
                private static {{clr}} Read{{path}}(scoped ref AvroReader reader)
                {
                    int start = reader.Position;
                    int count = Skip{{path}}(ref reader);
                    if (count == 0 || reader.Failed) return [];
                    reader.Rewind(start);
                    var items = new {{clr}}(count);
                    AvroBlock block = default;
                    while (reader.NextItem(ref block, {{type.Value.MinBytes + 1}})) items[reader.ReadText()] = {{TypeCode.Read(type.Value, path + "Item")}};
                    return items;
                }


            """;
    }

    private static string Copy(string clr, string path) => $$"""
            internal readonly {{clr}} Copy{{path}}()
            {
                var reader = new AvroReader({{path}});
                return Read{{path}}(ref reader);
            }


        """;
}
