using System.Text.RegularExpressions;
using System.Xml.Linq;
using StreamSched.Kafka.Topics;

namespace StreamSched.Tests.Kafka;

public class TopicsTests
{
    [Fact]
    public void The_table_in_the_documentation_is_the_catalogue()
    {
        var lines = File.ReadAllLines(Checkout.Path("schemas", "README.md"));
        var start = Array.FindIndex(lines, line => line.StartsWith("| topic | key | value | partitions |", StringComparison.Ordinal));
        Assert.True(start >= 0, "schemas/README.md has no table of topics");
        var table = lines.Skip(start + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells).ToArray();

        var expected = TopicCatalogue.All.Select(contract => new[]
        {
            $"`{contract.Name}`", contract.Key, contract.Schema ?? "the bytes as received", contract.Partitions == PartitionCount.One ? "1" : "N",
            contract.Partitioning, contract.Cleanup == CleanupPolicy.Compact ? "compact" : "delete", Duration(contract.Retention),
            $"{contract.MaxRecordBytes / 1024} KiB", contract.WrittenBy, contract.ReadBy,
        }).ToArray();
        Assert.Equal(expected, table);
    }

    [Fact]
    public void The_documentation_of_each_constant_says_what_its_contract_says()
    {
        var members = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "StreamSched.Kafka.xml")).Descendants("member").ToArray();
        foreach (var contract in TopicCatalogue.All)
        {
            var field = Assert.Single(typeof(TopicCatalogue).GetFields(), f => f.IsLiteral && Equals(f.GetRawConstantValue(), contract.Name));
            var text = Regex.Replace(
                members.Single(member => (string?)member.Attribute("name") == "F:StreamSched.Kafka.Topics.TopicCatalogue." + field.Name)
                    .Element("summary")!.Value, @"\s+", " ");
            var cleanup = contract.Cleanup == CleanupPolicy.Compact ? "compact" : "delete, " + Duration(contract.Retention);
            Assert.Contains(
                $"Key: {contract.Key}. Value: {contract.Schema ?? "the bytes as received"}. Partitions: {contract.Partitioning}. Cleanup: {cleanup}. "
                + $"Written by: {contract.WrittenBy}. Read by: {contract.ReadBy}.", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_value_has_a_schema_file()
    {
        var schemas = Directory.GetFiles(Checkout.Path("schemas"), "*.avsc")
            .Select(file => (string)System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!["name"]!).ToHashSet();
        Assert.All(
            TopicCatalogue.All.Where(contract => contract.Schema is not null),
            contract => Assert.All(contract.Schema!.Split(", "), schema => Assert.Contains(schema, schemas)));
    }

    [Fact]
    public void Topics_that_share_partition_numbers_have_equally_many_partitions() =>
        Assert.All([TopicCatalogue.Requests, TopicCatalogue.Results, TopicCatalogue.Decisions, TopicCatalogue.Experience], name =>
            Assert.Equal(PartitionCount.SameAsRequests, TopicCatalogue.Contract(name).Partitions));

    [Theory]
    [InlineData("edge-1")]
    [InlineData("0")]
    [InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-1234")]
    public void Worker_ids_name_topics(string id) => Assert.Equal("streamsched.work." + id, new TopicNames("streamsched.").Work(id));

    [Theory]
    [InlineData("")]
    [InlineData("Edge")]
    [InlineData("a_b")]
    [InlineData("a.b")]
    [InlineData("edge-1\n")]
    [InlineData("ü")]
    [InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-12345")]
    public void What_is_no_worker_id_names_none(string id)
    {
        Assert.False(TopicCatalogue.IsWorkerId(id));
        Assert.Throws<ArgumentException>(() => TopicCatalogue.Work(id));
    }

    [Fact]
    public void Names_carry_the_prefix_and_lose_it_again()
    {
        var names = new TopicNames("plant-a.");
        Assert.Equal("plant-a.requests", names.Requests);
        Assert.Equal("work.edge-1", names.Strip("plant-a.work.edge-1"));
        Assert.Null(names.Strip("plant-b.requests"));
        Assert.Equal("requests", new TopicNames("").Requests);
    }

    [Fact]
    public void Work_topics_have_the_contract_of_their_family() => Assert.Equal("WorkItem", TopicCatalogue.Contract("work.edge-1").Schema);

    [Fact]
    public void Segments_close_well_before_retention_ends()
    {
        foreach (var contract in TopicCatalogue.All.Where(contract => contract.Retention is not null))
            Assert.InRange(long.Parse(contract.Configuration["segment.ms"]), 60_000, (long)contract.Retention!.Value.TotalMilliseconds / 4);
    }

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];

    private static string Duration(TimeSpan? time) => time switch
    {
        null => "",
        { TotalHours: < 1 } t => $"{t.TotalMinutes} minutes",
        { TotalDays: < 1 } t => $"{t.TotalHours} hours",
        { } t => $"{t.TotalDays} days",
    };
}
