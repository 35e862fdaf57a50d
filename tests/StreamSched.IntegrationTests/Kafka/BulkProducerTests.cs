using System.Text;
using Confluent.Kafka;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

public class BulkProducerTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Records_arrive_once_and_in_order_with_key_value_and_trace(string broker)
    {
        TestBroker place = await brokers.ConnectAsync(broker);
        string topic = await place.TopicAsync("work", 2);
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using BulkProducer producer = new(place.Settings, TestBroker.Loggers, TimeProvider.System);
        BulkTopic to = producer.Topic(topic);
        byte[] buffer = new byte[300];
        for (int i = 0; i < 1000; i++)
        {
            buffer.AsSpan(0, 1 + (i % 299)).Fill((byte)i); // the buffer is reused at once
            Assert.Null(producer.Produce(
                to, i % 2, BitConverter.GetBytes(i), buffer.AsSpan(0, 1 + (i % 299)), i % 3 == 0 ? Encoding.ASCII.GetBytes(trace) : default));
        }

        Assert.True(producer.Drain(Limit));
        Assert.Equal((1000, 0), (to.Produced, to.Failed));
        using TopicReader reader = new(place.Settings, TestBroker.Loggers, TimeProvider.System, topic, withHeaders: true);
        reader.FollowAll(place.Settings, topic);
        List<int>[] seen = [[], []];
        reader.CatchUp((in ReceivedRecord record) =>
        {
            int i = BitConverter.ToInt32(record.Key);
            seen[record.Partition].Add(i);
            Assert.Equal(1 + (i % 299), record.Value.Length);
            Assert.False(record.Value.ContainsAnyExcept((byte)i));
            Assert.Equal(
                i % 3 == 0 ? trace : null,
                record.Headers is { } headers && headers.TryGetLastBytes("traceparent", out byte[] bytes) ? Encoding.ASCII.GetString(bytes) : null);
        }, Limit);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => 2 * i), seen[0]);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (2 * i) + 1), seen[1]);
    }

    [Fact]
    public void What_is_not_stored_is_counted_and_logged_and_what_can_never_be_is_said_at_once()
    {
        using EmbeddedCluster cluster = new();
        cluster.CreateTopic("t", 1);
        TestLog log = new();
        KafkaSettings settings = KafkaSettings.ForEmbedded(cluster) with { Properties = new Dictionary<string, string> { ["message.max.bytes"] = "10000000" } };
        using BulkProducer producer = new(settings, log, TimeProvider.System, TimeSpan.FromMilliseconds(100));
        BulkTopic topic = producer.Topic("t");
        Assert.Equal(ErrorCode.MsgSizeTooLarge, producer.Produce(topic, 0, default, new byte[20_000_000])!.Code);
        cluster.FailRequests(0, ErrorCode.MsgSizeTooLarge);
        for (int i = 0; i < 100; i++) Assert.Null(producer.Produce(topic, 0, default, "x"u8));
        Assert.True(producer.Drain(Limit));
        Assert.Equal((100, 101), (topic.Produced, topic.Failed));
        Assert.Equal(ErrorCode.MsgSizeTooLarge, topic.LastError!.Code);
        Assert.Contains(log.Lines, line => line.Contains("records to t were not stored", StringComparison.Ordinal));
        Assert.Null(producer.Produce(topic, 0, default, "y"u8));
        Assert.True(producer.Drain(Limit));
        Assert.Equal(101, topic.Failed);
        Assert.Null(producer.Failure);
    }

    [Fact]
    public async Task A_broker_that_is_away_for_a_while_costs_nothing()
    {
        using EmbeddedCluster cluster = new();
        cluster.CreateTopic("t", 1);
        using BulkProducer producer = new(KafkaSettings.ForEmbedded(cluster), TestBroker.Loggers, TimeProvider.System);
        BulkTopic topic = producer.Topic("t");
        Assert.Null(producer.Produce(topic, 0, default, "before"u8));
        Assert.True(producer.Drain(Limit));
        cluster.StopBroker(1);
        for (int i = 0; i < 100; i++) Assert.Null(producer.Produce(topic, 0, default, "while"u8));
        Assert.False(producer.Drain(TimeSpan.FromMilliseconds(300)));
        cluster.StartBroker(1);
        Assert.True(await Task.Run(() => producer.Drain(Limit)));
        Assert.Equal(0, topic.Failed);
        using TopicReader reader = new(KafkaSettings.ForEmbedded(cluster), TestBroker.Loggers, TimeProvider.System, "t");
        reader.FollowAll(KafkaSettings.ForEmbedded(cluster), "t");
        int count = 0;
        reader.CatchUp((in ReceivedRecord _) => count++, Limit);
        Assert.Equal(101, count);
    }

    [Fact]
    public void A_record_costs_no_garbage()
    {
        using EmbeddedCluster cluster = new();
        cluster.CreateTopic("t", 1);
        using BulkProducer producer = new(KafkaSettings.ForEmbedded(cluster), TestBroker.Loggers, TimeProvider.System);
        BulkTopic topic = producer.Topic("t");
        byte[] value = new byte[200], trace = Encoding.ASCII.GetBytes("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        Assert.Equal(0, Allocations.Of(() => Send(1000)));
        Assert.True(producer.Drain(Limit));

        void Send(int count)
        {
            for (int i = 0; i < count; i++)
            {
                producer.Produce(topic, 0, "key"u8, value);
                producer.Produce(topic, 0, "key"u8, value, trace);
            }
        }
    }
}
