using System.Text;

namespace StreamSched.SchemaGen;

internal static class EnumEmitter
{
    public static string Emit(EnumType type)
    {
        var code = new StringBuilder(CodeGenerator.Header + "namespace StreamSched.Avro.Records;\n\n");
        code.Append(Names.Summary("", type.Doc ?? $"The schema's {type.Name}."));
        code.Append($"public enum {type.Name}\n{{\n");
        code.AppendJoin("\n", type.Symbols.Select(symbol => Names.Summary("    ", $"{symbol} in the schema.") + $"    {Names.Symbol(symbol)},\n"));
        return code.Append("}\n").ToString();
    }
}
