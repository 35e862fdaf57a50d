using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.Kafka;

namespace StreamSched.IntegrationTests;

public class TopicAdminTests(BrokerFixture brokers)
{
    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task All_topics_are_created_once_and_pass_the_check(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        using var admin = new TopicAdmin(place.Settings, TestBroker.Logger, TimeProvider.System, place.Embedded);
        var before = await admin.CheckAsync();
        Assert.False(before.IsUsable);
        Assert.All(before.Differences, difference => Assert.Equal(TopicDifferenceKind.Missing, difference.Kind));
        var created = await admin.CreateAsync();
        Assert.Equal(Topics.All.Where(topic => !topic.IsFamily).Select(topic => place.Settings.Topics.Of(topic.Name)), created.Created);
        Assert.Empty(created.Differences);
        Assert.Empty((await admin.CreateAsync()).Created);

        Assert.Equal(place.Settings.Topics.Work("edge-1"), await admin.CreateWorkTopicAsync("edge-1"));
        await admin.CreateWorkTopicAsync("edge-1");
        var after = await admin.CheckAsync();
        Assert.True(after.IsUsable);
        Assert.Equal([place.Settings.Topics.Work("edge-1")], after.WorkTopics);
        using var reader = new TopicReader(place.Settings, TestBroker.Logger, TimeProvider.System);
        foreach (var contract in Topics.All.Where(topic => !topic.IsFamily))
            Assert.Equal(contract.Partitions == PartitionCount.One ? 1 : 8, reader.Partitions(place.Settings, place.Settings.Topics.Of(contract.Name)).Count);
        Assert.Single(reader.Partitions(place.Settings, place.Settings.Topics.Work("edge-1")));
    }

    [Fact]
    public async Task On_a_real_cluster_topics_have_the_cleanup_retention_and_limits_of_their_contracts()
    {
        var place = await brokers.ConnectAsync("real");
        place = place with { Settings = place.Settings with { Partitions = 3, ReplicationFactor = 1 } };
        using var admin = new TopicAdmin(place.Settings, TestBroker.Logger, TimeProvider.System);
        await admin.CreateAsync();
        await admin.CreateWorkTopicAsync("cloud-1");
        using var client = new AdminClientBuilder(place.Settings.Admin()).Build();
        foreach (var contract in Topics.All)
        {
            var name = place.Settings.Topics.Of(contract.IsFamily ? "work.cloud-1" : contract.Name);
            var entries = (await client.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = name }])).Single().Entries;
            Assert.All(contract.Configuration, pair => Assert.Equal(pair.Value, entries[pair.Key].Value));
            Assert.Equal(contract.Partitions == PartitionCount.One ? 1 : 3, client.GetMetadata(name, TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count);
        }
    }

    [Fact]
    public async Task What_differs_is_said_in_plain_words()
    {
        var place = await brokers.ConnectAsync("real");
        var names = place.Settings.Topics;
        using var client = new AdminClientBuilder(place.Settings.Admin()).Build();
        await client.CreateTopicsAsync(
        [
            new TopicSpecification { Name = names.Requests, NumPartitions = 4 },
            new TopicSpecification { Name = names.Results, NumPartitions = 3 },
            new TopicSpecification { Name = names.Of(Topics.Experience), NumPartitions = 6 },
            new TopicSpecification { Name = names.Of(Topics.Workers), NumPartitions = 1, Configs = new() { ["cleanup.policy"] = "delete" } },
            new TopicSpecification { Name = names.Of(Topics.Telemetry), NumPartitions = 2 },
            new TopicSpecification { Name = names.Decisions, NumPartitions = 4, Configs = new() { ["max.message.bytes"] = "1000", ["retention.ms"] = "3600000" } },
        ]);
        using var admin = new TopicAdmin(place.Settings with { ReplicationFactor = 3 }, TestBroker.Logger, TimeProvider.System);
        var report = await admin.CheckAsync();
        Assert.False(report.IsUsable);
        Says(names.Results, TopicDifferenceKind.Partitions, "has 3 partitions where 4 are expected");
        Says(names.Of(Topics.Experience), TopicDifferenceKind.Partitions, "cannot be taken away");
        Says(names.Of(Topics.Workers), TopicDifferenceKind.Cleanup, "must be compacted");
        Says(names.Of(Topics.Telemetry), TopicDifferenceKind.Partitions, "must have one");
        Says(names.Decisions, TopicDifferenceKind.RecordLimit, "takes records up to 1000 bytes");
        Says(names.Decisions, TopicDifferenceKind.Retention, "keeps records for 3600000 ms");
        Says(names.Requests, TopicDifferenceKind.Replication, "has 1 copies");
        Says(names.Of(Topics.Policies), TopicDifferenceKind.Missing, "streamsched topics create");
        Assert.DoesNotContain(report.Differences, difference => difference.Topic == names.Requests && difference.Breaks && difference.Kind == TopicDifferenceKind.Partitions);

        void Says(string topic, TopicDifferenceKind kind, string text) =>
            Assert.Contains(report.Differences, difference => difference.Topic == topic && difference.Kind == kind && difference.Text.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_copies_than_brokers_are_refused_with_the_reason()
    {
        var place = await brokers.ConnectAsync("real");
        using var admin = new TopicAdmin(place.Settings with { ReplicationFactor = 3 }, TestBroker.Logger, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<KafkaFailureException>(admin.CreateAsync);
        Assert.Equal(KafkaFailureKind.Refused, failure.Kind);
        Assert.Contains("replica", failure.Message, StringComparison.OrdinalIgnoreCase);
    }
}
