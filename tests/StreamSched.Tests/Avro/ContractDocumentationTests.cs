using StreamSched.Avro;

namespace StreamSched.Tests.Avro;

/// <summary>schemas/README.md says what the code does.</summary>
public class ContractDocumentationTests
{
    [Fact]
    public void The_header_of_every_schema_is_in_the_table()
    {
        var table = File.ReadAllLines(Checkout.Path("schemas", "README.md")).SkipWhile(line => line != "| schema | record | topic | header |").Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (cells[1], cells[2], cells[4]));

        Assert.Equal(WireSchemas.All.Select(schema => ($"[`{schema.Name}.avsc`]({schema.Name}.avsc)", schema.Record, $"`{Header(schema)}`")), table);
    }

    private static string Header(WireSchema schema)
    {
        byte[] header = new byte[Framing.HeaderLength];
        Framing.WriteHeader(schema.Fingerprint, header);
        return BitConverter.ToString(header).Replace('-', ' ');
    }
}
