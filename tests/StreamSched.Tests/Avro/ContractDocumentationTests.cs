using StreamSched.Avro;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;
using StreamSched.Core.Requests;

namespace StreamSched.Tests.Avro;

/// <summary>schemas/README.md says what the code does.</summary>
public class ContractDocumentationTests
{
    [Fact]
    public void The_header_of_every_schema_is_in_the_table()
    {
        var table = File.ReadAllLines(Checkout.Path("schemas", "README.md")).SkipWhile(line => line != "| schema | record | topic | header |").Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (cells[1], cells[2], cells[4]));

        Assert.Equal(WireSchemas.All.Select(schema => ($"[`{schema.Name}.avsc`]({schema.Name}.avsc)", schema.Record, $"`{Header(schema)}`")), table);
    }

    [Fact]
    public void C6_Every_reason_of_an_answer_is_in_the_table_and_nothing_that_is_none()
    {
        string[] words =
        [
            .. typeof(AnswerReason).GetFields().Select(field => (string)field.GetRawConstantValue()!)
                .Select(word => word == AnswerReason.Invalid ? word + "FIELD" : word),
            .. Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.None).Select(reason => reason.Text()),
        ];
        string[] table =
        [
            .. File.ReadAllLines(Checkout.Path("schemas", "README.md")).SkipWhile(line => line != "| status | reason | why |").Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[2].Trim('`')),
        ];
        Assert.Equal(words.Order(StringComparer.Ordinal), table.Order(StringComparer.Ordinal));

        // No other place makes up a word: what is written as a reason comes from there.
        foreach (string file in Directory.EnumerateFiles(Checkout.Path("src"), "*.cs", SearchOption.AllDirectories))
            Assert.DoesNotMatch("""Reason = Utf8\("|NotRun\([^)]*"|FAILED\(\{|"too-large"u8""", File.ReadAllText(file));
    }

    private static string Header(WireSchema schema)
    {
        byte[] header = new byte[Framing.HeaderLength];
        Framing.WriteHeader(schema.Fingerprint, header);
        return BitConverter.ToString(header).Replace('-', ' ');
    }
}
