using StreamSched.SchemaGen;

namespace StreamSched.Tests.Avro;

/// <summary>The code generator.</summary>
public class GeneratorTests
{
    [Fact]
    public void The_checked_in_code_is_what_the_schemas_give()
    {
        var generated = CodeGenerator.Generate(Checkout.Path("schemas"));
        string folder = Checkout.Path("src", "StreamSched.Avro", "Records");
        string[] present = [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

        Assert.Equal(generated.Keys, present);
        foreach (var (name, content) in generated)
            Assert.True(content == File.ReadAllText(Path.Combine(folder, name)), $"{name} is not what schemas/ gives; run: dotnet run --project eng/schemagen");
    }

    [Theory]
    [InlineData(
        """{"type":"record","name":"A","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["ONE"]}}]}""",
        """{"type":"record","name":"B","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["TWO"]}}]}""", "two ways")]
    [InlineData("""{"type":"record","name":"A","fields":[{"name":"x","type":["null","A"]}]}""", null, "contains itself")]
    [InlineData("""{"type":"record","name":"A","fields":[{"name":"x","type":["int","string"]}]}""", null, "union")]
    [InlineData("""{"type":"record","name":"A","fields":[{"name":"x","type":{"type":"int","logicalType":"date"}}]}""", null, "date")]
    [InlineData("""{"type":"record","name":"A","fields":[{"name":"x","type":"Missing"}]}""", null, "Missing")]
    public void What_the_generated_code_cannot_express_is_refused_by_name(string first, string? second, string reason)
    {
        var folder = Directory.CreateTempSubdirectory("schemagen-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "a.avsc"), first);
            if (second is not null) File.WriteAllText(Path.Combine(folder.FullName, "b.avsc"), second);

            Assert.Contains(reason, Assert.Throws<SchemaException>(() => CodeGenerator.Generate(folder.FullName)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Equal_definitions_in_several_files_become_one_type()
    {
        var generated = CodeGenerator.Generate(Checkout.Path("schemas"));

        Assert.Contains("ResultStatus.g.cs", generated.Keys);
        Assert.Contains("OK: answered, perhaps late", generated["ResultStatus.g.cs"], StringComparison.Ordinal);
    }
}
