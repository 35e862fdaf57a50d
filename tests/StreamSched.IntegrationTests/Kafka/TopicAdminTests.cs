using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.Kafka.Administration;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.IntegrationTests;

public class TopicAdminTests(BrokerFixture brokers)
{
    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task All_topics_are_created_once_and_pass_the_check(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        using var admin = new TopicAdmin(place.Settings, TestBroker.Loggers, TimeProvider.System, place.Embedded);
        var before = await admin.CheckAsync();
        Assert.False(before.IsUsable);
        Assert.All(before.Differences, difference => Assert.Equal(TopicDifferenceKind.Missing, difference.Kind));
        var created = await admin.CreateAsync();
        Assert.Equal(TopicCatalogue.All.Where(topic => !topic.IsFamily).Select(topic => place.Settings.Topics.Of(topic.Name)), created.Created);
        Assert.Empty(created.Differences);
        Assert.Empty((await admin.CreateAsync()).Created);

        Assert.Equal(place.Settings.Topics.Work("edge-1"), await admin.CreateWorkTopicAsync("edge-1"));
        await admin.CreateWorkTopicAsync("edge-1");
        var after = await admin.CheckAsync();
        Assert.True(after.IsUsable);
        Assert.Equal([place.Settings.Topics.Work("edge-1")], after.WorkTopics);
        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System);
        foreach (var contract in TopicCatalogue.All.Where(topic => !topic.IsFamily))
            Assert.Equal(contract.Partitions == PartitionCount.One ? 1 : 8, reader.Partitions(place.Settings, place.Settings.Topics.Of(contract.Name)).Count);
        Assert.Single(reader.Partitions(place.Settings, place.Settings.Topics.Work("edge-1")));
    }

    [Fact]
    public async Task On_a_real_cluster_topics_have_the_cleanup_retention_and_limits_of_their_contracts()
    {
        var place = await brokers.ConnectAsync("real");
        place = place with { Settings = place.Settings with { Partitions = 3, ReplicationFactor = 1 } };
        using var admin = new TopicAdmin(place.Settings, TestBroker.Loggers, TimeProvider.System);
        await admin.CreateAsync();
        await admin.CreateWorkTopicAsync("cloud-1");
        using var client = new AdminClientBuilder(place.Settings.Admin()).Build();
        foreach (var contract in TopicCatalogue.All)
        {
            var name = place.Settings.Topics.Of(contract.IsFamily ? "work.cloud-1" : contract.Name);
            var entries = (await client.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = name }])).Single().Entries;
            Assert.All(contract.Configuration, pair => Assert.Equal(pair.Value, entries[pair.Key].Value));
            Assert.Equal(
                contract.Partitions == PartitionCount.One ? 1 : 3, client.GetMetadata(name, TimeSpan.FromSeconds(10)).Topics.Single().Partitions.Count);
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
            new TopicSpecification { Name = names.Of(TopicCatalogue.Experience), NumPartitions = 6 },
            new TopicSpecification { Name = names.Of(TopicCatalogue.Workers), NumPartitions = 1, Configs = new() { ["cleanup.policy"] = "delete" } },
            new TopicSpecification { Name = names.Of(TopicCatalogue.Telemetry), NumPartitions = 2 },
            new TopicSpecification
            {
                Name = names.Decisions, NumPartitions = 4, Configs = new() { ["max.message.bytes"] = "1000", ["retention.ms"] = "3600000" },
            },
        ]);
        await client.InForceAsync();
        using var admin = new TopicAdmin(place.Settings with { ReplicationFactor = 3 }, TestBroker.Loggers, TimeProvider.System);
        var report = await admin.CheckAsync();
        Assert.False(report.IsUsable);
        Says(names.Results, TopicDifferenceKind.Partitions, "has 3 partitions where 4 are expected");
        Says(names.Of(TopicCatalogue.Experience), TopicDifferenceKind.Partitions, "cannot be taken away");
        Says(names.Of(TopicCatalogue.Workers), TopicDifferenceKind.Cleanup, "must be compacted");
        Says(names.Of(TopicCatalogue.Telemetry), TopicDifferenceKind.Partitions, "must have one");
        Says(names.Decisions, TopicDifferenceKind.RecordLimit, "takes records up to 1000 bytes");
        Says(names.Decisions, TopicDifferenceKind.Retention, "keeps records for 3600000 ms");
        Says(names.Requests, TopicDifferenceKind.Replication, "has 1 copies");
        Says(names.Of(TopicCatalogue.Policies), TopicDifferenceKind.Missing, "streamsched topics create");
        Assert.DoesNotContain(
            report.Differences, difference => difference.Topic == names.Requests && difference.Breaks && difference.Kind == TopicDifferenceKind.Partitions);

        void Says(string topic, TopicDifferenceKind kind, string text) =>
            Assert.Contains(report.Differences, difference =>
                difference.Topic == topic && difference.Kind == kind && difference.Text.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_copies_than_brokers_are_refused_with_the_reason()
    {
        var place = await brokers.ConnectAsync("real");
        using var admin = new TopicAdmin(place.Settings with { ReplicationFactor = 3 }, TestBroker.Loggers, TimeProvider.System);
        var report = await admin.CreateAsync();
        Assert.Empty(report.Created);
        Assert.Equal(
            TopicCatalogue.All.Where(contract => !contract.IsFamily).Select(contract => place.Settings.Topics.Of(contract.Name)).Order(),
            report.Refused.Select(refusal => refusal.Topic).Order());
        Assert.All(report.Refused, refusal => Assert.Contains("replica", refusal.Text, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task C3_Topics_create_tries_all_and_lists_what_was_made_and_what_was_refused()
    {
        var place = await brokers.ConnectAsync("real");
        var (requests, results) = (place.Settings.Topics.Requests, place.Settings.Topics.Results);
        using var client = new AdminClientBuilder(place.Settings.Admin()).Build();

        // Kafka takes no two names that differ in '.' and '_' alone.
        await client.CreateTopicsAsync(new[] { requests, results }.Select(name => new TopicSpecification { Name = name.Replace('.', '_'), NumPartitions = 1 }));
        var create = await Commands.Cli.RunAsync(place, "topics", "create", "--json");
        Assert.Equal(1, create.ExitCode);
        Assert.Equal(
            new[] { requests, results }.Order(),
            create.Json.GetProperty("refused").EnumerateArray().Select(topic => topic.GetProperty("topic").GetString()).Order());
        Assert.All(create.Json.GetProperty("refused").EnumerateArray(), topic =>
            Assert.Contains("collides", topic.GetProperty("reason").GetString(), StringComparison.Ordinal));
        Assert.Equal(TopicCatalogue.All.Count(contract => !contract.IsFamily) - 2, create.Json.GetProperty("created").GetArrayLength());
        var again = await Commands.Cli.RunAsync(place, "topics", "create");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains($"refused {requests}: ", again.Output, StringComparison.Ordinal);
        Assert.Contains($"refused {results}: ", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C3_Limits_follow_the_one_that_requests_was_given()
    {
        const long raised = 4 * 1024 * 1024, around = 64 * 1024;
        var place = await brokers.ConnectAsync("real");
        using var admin = new TopicAdmin(place.Settings, TestBroker.Loggers, TimeProvider.System);
        await admin.CreateAsync();
        var (before, after) = (await admin.CreateWorkTopicAsync("before"), place.Settings.Topics.Work("after"));
        using var client = new AdminClientBuilder(place.Settings.Admin()).Build();
        await place.SetAsync(place.Settings.Topics.Requests, "max.message.bytes", $"{raised}");
        var check = await admin.CheckAsync();
        Assert.False(check.IsUsable);
        Assert.Equal(
            new[] { before, place.Settings.Topics.DeadLetters }.Order(),
            check.Differences.Where(difference => difference.Kind == TopicDifferenceKind.RecordLimit).Select(difference => difference.Topic).Order());

        // A worker's start is enough for its own topic, new or old; the command does the rest.
        Assert.Equal(after, await admin.CreateWorkTopicAsync("after"));
        await admin.CreateWorkTopicAsync("before");
        Assert.Equal((raised + around, raised + around), (await LimitAsync(client, before), await LimitAsync(client, after)));
        var create = await admin.CreateAsync();
        Assert.Equal(place.Settings.Topics.DeadLetters, Assert.Single(create.Raised).Topic);
        Assert.Equal(raised + (2 * around), await LimitAsync(client, place.Settings.Topics.DeadLetters));
        Assert.True(create.IsUsable);

        // What an operator raised further stays.
        await place.SetAsync(before, "max.message.bytes", $"{2 * raised}");
        Assert.Empty((await admin.CreateAsync()).Raised);
        Assert.Equal(2 * raised, await LimitAsync(client, before));
    }

    [Fact]
    public async Task C3_Stamps_sizes_and_names_are_compared()
    {
        var place = await brokers.ConnectAsync("real");
        using var admin = new TopicAdmin(place.Settings, TestBroker.Loggers, TimeProvider.System);
        await admin.CreateAsync();
        using var client = new AdminClientBuilder(place.Settings.Admin()).Build();
        await place.SetAsync(place.Settings.Topics.Requests, "message.timestamp.type", "LogAppendTime");
        await place.SetAsync(place.Settings.Topics.Results, "retention.bytes", "1000000");
        string[] foreign = [place.Settings.Topics.Of("request"), place.Settings.Topics.Of("work.Edge_1"), place.Settings.Topics.Of("other.requests")];
        await client.CreateTopicsAsync(foreign.Select(name => new TopicSpecification { Name = name, NumPartitions = 1 }));
        await client.InForceAsync();
        var report = await admin.CheckAsync();
        Assert.True(report.IsUsable); // nothing of it keeps the system from running
        Says(place.Settings.Topics.Requests, TopicDifferenceKind.Timestamps, "LogAppendTime");
        Says(place.Settings.Topics.Results, TopicDifferenceKind.Size, "keeps 1000000 bytes");
        Says(foreign[0], TopicDifferenceKind.Name, "is no topic of StreamSched");
        Says(foreign[1], TopicDifferenceKind.Name, "cannot be a worker's topic");
        Assert.DoesNotContain(report.Differences, difference => difference.Topic == foreign[2]); // another installation's

        void Says(string topic, TopicDifferenceKind kind, string text) =>
            Assert.Contains(report.Differences, difference =>
                difference.Topic == topic && difference.Kind == kind && difference.Text.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task B2_Partitions_are_added_where_asked_for_and_requests_gets_them_last()
    {
        var place = await brokers.ConnectAsync("real");
        using (var admin = new TopicAdmin(place.Settings with { Partitions = 2 }, TestBroker.Loggers, TimeProvider.System)) await admin.CreateAsync();
        using var more = new TopicAdmin(place.Settings with { Partitions = 3 }, TestBroker.Loggers, TimeProvider.System);
        var report = await more.CreateAsync();
        Assert.True(report.IsUsable);
        Assert.Equal(
            TopicCatalogue.All.Where(contract => contract.Partitions == PartitionCount.SameAsRequests)
                .Select(contract => place.Settings.Topics.Of(contract.Name)).Order(), report.Raised.Select(change => change.Topic).Order());
        Assert.Equal(place.Settings.Topics.Requests, report.Raised[^1].Topic);
        Assert.Empty((await more.CreateAsync()).Raised);
    }

    private static async Task<long> LimitAsync(IAdminClient client, string topic) =>
        long.Parse(
            (await client.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }])).Single().Entries["max.message.bytes"].Value);
}
