using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;

namespace StreamSched.IntegrationTests;

public class TopicReaderTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Reads_to_the_end_that_there_was_and_then_follows(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        var workers = await place.TopicAsync("workers", 1);
        var telemetry = await place.TopicAsync("telemetry", 2);
        place.Fill(workers, 1, 10);
        place.Fill(telemetry, 2, 20);
        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System);
        reader.FollowAll(place.Settings, workers);
        reader.FollowAll(place.Settings, telemetry);
        var seen = new List<(string Topic, int Value)>();
        void Take(in ReceivedRecord record) => seen.Add((record.Topic, BitConverter.ToInt32(record.Value)));
        reader.CatchUp(Take, Limit);
        Assert.True(reader.HasCaughtUp);
        Assert.Equal(Enumerable.Range(0, 10), seen.Where(record => record.Topic == workers).Select(record => record.Value));
        Assert.Equal(Enumerable.Range(0, 20), seen.Where(record => record.Topic == telemetry).Select(record => record.Value).Order());
        place.Fill(telemetry, 2, 2, from: 20);
        for (var i = 0; seen.Count < 32 && i < 200; i++) reader.Poll(TimeSpan.FromMilliseconds(50), Take);
        Assert.Equal(32, seen.Count);
        Assert.Equal(11, reader.Position(telemetry, 1));
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Partitions_come_and_go_each_from_its_own_position(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        var results = await place.TopicAsync("results", 3);
        place.Fill(results, 3, 300);
        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, results);
        var seen = new List<(int Partition, long Offset)>();
        void Take(in ReceivedRecord record) => seen.Add((record.Partition, record.Offset));
        Assert.Equal(100, reader.Follow(results, 2, from: 90));
        reader.CatchUp(Take, Limit);
        Assert.Equal(100, reader.Follow(results, 0, from: 95));
        reader.CatchUp(Take, Limit);
        reader.Leave(results, 2);
        Assert.Equal(-1, reader.Position(results, 2));
        Assert.Equal(Enumerable.Range(90, 10).Select(i => (2, (long)i)).Concat(Enumerable.Range(95, 5).Select(i => (0, (long)i))), seen);
        place.Fill(results, 3, 3, from: 300);
        for (var i = 0; seen.Count < 16 && i < 200; i++) reader.Poll(TimeSpan.FromMilliseconds(50), Take);
        Assert.Equal((0, 100), seen[^1]);
        for (var i = 0; i < 5; i++) reader.Poll(TimeSpan.FromMilliseconds(20), Take);
        Assert.Equal(16, seen.Count);
        reader.Follow(results, 2, from: 100);
        reader.CatchUp(Take, Limit);
        Assert.Equal((2, 100), seen[^1]);
    }

    [Fact]
    public async Task The_end_of_a_partition_counts_markers_of_transactions()
    {
        var place = await brokers.ConnectAsync("real");
        var topic = await place.TopicAsync("transactional", 1);
        var config = new Confluent.Kafka.ProducerConfig { BootstrapServers = place.Settings.BootstrapServers, TransactionalId = topic };
        using (var producer = new Confluent.Kafka.ProducerBuilder<Confluent.Kafka.Null, byte[]>(config).Build())
        {
            producer.InitTransactions(Limit);
            producer.BeginTransaction();
            producer.Produce(topic, new() { Value = [1] });
            producer.CommitTransaction(Limit);
        }

        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, topic);
        // Brokers write markers in their own time.
        for (var i = 0; reader.Ends(topic, 0).High < 2 && i < 600; i++) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.Equal(2, reader.Follow(topic, 0));
        var count = 0;
        reader.CatchUp((in ReceivedRecord _) => count++, Limit);
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task A_missing_topic_is_named()
    {
        var place = await brokers.ConnectAsync("real");
        var settings = place.Settings with { ConnectTimeout = TimeSpan.FromSeconds(1) };
        using var reader = new TopicReader(settings, TestBroker.Loggers, TimeProvider.System);
        var failure = Assert.Throws<KafkaFailureException>(() => reader.FollowAll(settings, "nowhere"));
        Assert.Equal(KafkaFailureKind.UnknownTopic, failure.Kind);
        Assert.Contains("nowhere does not exist", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task B5_Records_that_left_the_log_before_a_reader_came_to_them_are_told_of()
    {
        var place = await brokers.ConnectAsync("real");
        var topic = await place.TopicAsync("results", 2);
        place.Fill(topic, 2, 200);
        using var admin = new Confluent.Kafka.AdminClientBuilder(place.Settings.Admin()).SetLogHandler((_, _) => { }).Build();
        await admin.DeleteRecordsAsync([new Confluent.Kafka.TopicPartitionOffset(topic, 0, 60)]);
        var conditions = new Conditions(TestBroker.Loggers, TimeProvider.System);
        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, topic, gaps: conditions);

        reader.Follow(topic, 0, 40);
        Assert.Contains("20 records", Assert.Single(conditions.InForce).Text, StringComparison.Ordinal);
        reader.Follow(topic, 1); // from the earliest: nobody has said that earlier ones are missed
        await admin.DeleteRecordsAsync([new Confluent.Kafka.TopicPartitionOffset(topic, 1, 100)]);
        var read = 0;
        for (var began = TimeProvider.System.GetTimestamp(); conditions.InForce.Count < 2 && read < 140
            && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30);)
            read += reader.Poll(TimeSpan.FromMilliseconds(50), (in ReceivedRecord _) => { });
        Assert.True(read == 140 || conditions.InForce.Any(c => c.Subject == topic + "/1"), $"{read} records were read");
    }

    [Fact]
    public async Task B1_A_position_behind_the_end_of_a_topic_that_was_made_anew_reads_it_from_its_first_record()
    {
        var place = await brokers.ConnectAsync("real");
        var topic = await place.TopicAsync("results", 1);
        place.Fill(topic, 1, 10);
        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, topic);
        Assert.Equal(10, reader.Follow(topic, 0, 50_000));
        Assert.Equal(0, reader.Position(topic, 0));
        Assert.False(reader.HasCaughtUp);
        var read = 0;
        reader.CatchUp((in ReceivedRecord _) => read++, TimeSpan.FromSeconds(30));
        Assert.Equal(10, read);
    }
}
