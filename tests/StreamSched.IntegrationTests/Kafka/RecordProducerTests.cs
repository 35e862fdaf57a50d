using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.IntegrationTests;

public class RecordProducerTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Records_arrive_as_they_were_handed_over_and_their_tokens_come_back(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        var topic = await place.TopicAsync("work", 2);
        var reports = new ConcurrentDictionary<long, (int Partition, long Offset)>();
        using var producer = place.Producer((_, partition, offset, token, error) =>
        {
            if (error is null) reports.TryAdd(token, (partition, offset));
        });
        var to = producer.Topic(topic);
        Span<byte> buffer = stackalloc byte[300];
        for (var i = 0; i < 1000; i++)
        {
            buffer[..(i % 300)].Fill((byte)i); // the buffer is reused at once
            Assert.Null(producer.Produce(to, i % 2, BitConverter.GetBytes(i), buffer[..(i % 300)], token: i));
        }

        Assert.Null(producer.Produce(to, 0, default, default, isTombstone: true));
        Assert.True(producer.Drain(Limit));
        Assert.Equal(1000, reports.Count);
        Assert.Equal((1, 499), reports[999]);
        Assert.Equal(0, to.Outstanding);
        Assert.Equal(1001, to.Produced);

        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, topic);
        reader.FollowAll(place.Settings, topic);
        var seen = 0;
        reader.CatchUp((in ReceivedRecord record) =>
        {
            seen++;
            if (record.IsTombstone)
            {
                Assert.Equal(0, record.Key.Length + record.Value.Length);
                return;
            }

            var i = BitConverter.ToInt32(record.Key);
            Assert.Equal(reports[i], (record.Partition, record.Offset));
            Assert.Equal(i % 300, record.Value.Length);
            Assert.False(record.Value.ContainsAnyExcept((byte)i));
            Assert.InRange(record.TimestampMillis, 1, long.MaxValue);
        }, Limit);
        Assert.Equal(1001, seen);
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task Trace_context_travels_with_the_record(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        var topic = await place.TopicAsync("traced", 1);
        using var activity = new Activity("send").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var producer = place.Producer();
        await producer.ProduceAsync(producer.Topic(topic), 0, null, [1], TraceContext.Inject(activity));
        producer.Produce(producer.Topic(topic), 0, default, [2], TraceContext.Inject(activity));
        producer.Produce(producer.Topic(topic), 0, default, [3]);
        Assert.True(producer.Drain(Limit));
        using var reader = new TopicReader(place.Settings, TestBroker.Loggers, TimeProvider.System, topic, withHeaders: true);
        reader.FollowAll(place.Settings, topic);
        var contexts = new List<ActivityTraceId?>();
        reader.CatchUp((in ReceivedRecord record) => contexts.Add(TraceContext.TryExtract(record.Headers, out var context) ? context.TraceId : null), Limit);
        Assert.Equal([activity.TraceId, activity.TraceId, null], contexts);
    }

    [Fact]
    public async Task Records_that_are_not_stored_are_counted_logged_and_reported()
    {
        const short produce = 0;
        using var cluster = new EmbeddedCluster();
        cluster.CreateTopic("t", 1);
        var failures = new ConcurrentQueue<(long Token, ErrorCode Code, long Offset)>();
        var log = new TestLog();
        using var producer = new RecordProducer(
            KafkaSettings.ForEmbedded(cluster), log, TimeProvider.System, (_, _, offset, token, error) => failures.Enqueue((token, error!.Code, offset)),
            linger: TimeSpan.FromMilliseconds(100));
        var topic = producer.Topic("t");
        cluster.FailRequests(produce, ErrorCode.MsgSizeTooLarge);
        for (var i = 0; i < 128; i++) producer.Produce(topic, 0, default, "x"u8, token: i == 70 ? 70 : RecordProducer.Untracked);
        Assert.True(producer.Drain(Limit));
        Assert.Equal((70, ErrorCode.MsgSizeTooLarge, -1L), Assert.Single(failures));
        Assert.Equal(3, topic.Failed); // the tracked one and two samples of the 127 others
        Assert.Equal(ErrorCode.MsgSizeTooLarge, topic.LastError!.Code);
        Assert.Contains(log.Lines, line => line.Contains("records to t were not stored", StringComparison.Ordinal));
        await Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task A_record_that_is_too_large_is_refused_at_once(string broker)
    {
        var place = await brokers.ConnectAsync(broker);
        var topic = await place.TopicAsync("large", 1);
        using var producer = (place with
        {
            Settings = place.Settings with { Properties = new Dictionary<string, string> { ["message.max.bytes"] = "10000000" } },
        }).Producer();
        Assert.Equal(ErrorCode.MsgSizeTooLarge, producer.Produce(producer.Topic(topic), 0, default, new byte[20_000_000])!.Code);
        Assert.Equal(0, producer.Topic(topic).Outstanding);
        if (place.Embedded is null)
        {
            var failure = await Assert.ThrowsAsync<KafkaFailureException>(() => producer.ProduceAsync(producer.Topic(topic), 0, null, new byte[2_000_000]));
            Assert.Contains("too large", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_full_queue_holds_the_caller_back_until_there_is_room(bool ownPoll)
    {
        using var cluster = new EmbeddedCluster();
        cluster.CreateTopic("t", 1);
        cluster.SetRoundTrip(1, TimeSpan.FromMilliseconds(20));
        var settings = KafkaSettings.ForEmbedded(cluster) with { Properties = new Dictionary<string, string> { ["queue.buffering.max.messages"] = "100" } };
        using var producer = new RecordProducer(settings, TestBroker.Loggers, TimeProvider.System, ownPoll: ownPoll);
        var topic = producer.Topic("t");
        for (var i = 0; i < 2000; i++) Assert.Null(producer.Produce(topic, 0, default, BitConverter.GetBytes(i), token: i));
        Assert.True(producer.Drain(Limit));
        Assert.Equal(0, topic.Failed + topic.Outstanding);
        using var reader = new TopicReader(settings, TestBroker.Loggers, TimeProvider.System, "t");
        Assert.Equal(2000, reader.Follow("t", 0));
    }

    [Fact]
    public void A_queue_that_stays_full_is_an_error_in_bounded_time()
    {
        using var cluster = new EmbeddedCluster();
        cluster.CreateTopic("t", 1);
        cluster.StopBroker(1);
        var settings = KafkaSettings.ForEmbedded(cluster) with
        {
            DeliveryTimeout = TimeSpan.FromSeconds(1),
            Properties = new Dictionary<string, string> { ["queue.buffering.max.messages"] = "10" },
        };
        using var producer = new RecordProducer(settings, TestBroker.Loggers, TimeProvider.System);
        var topic = producer.Topic("t");
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 30; i++) producer.Produce(topic, 0, default, "x"u8, token: i); // each ten of them time out after a second
        Assert.InRange(topic.Failed, 10, 29); // all but what is in the queue still, however slow the machine
        Assert.Equal(ErrorCode.Local_MsgTimedOut, topic.LastError!.Code);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 1, 10);
    }

    [Fact]
    public async Task Our_own_code_allocates_nothing_per_record()
    {
        var place = await brokers.ConnectAsync("embedded");
        var topic = await place.TopicAsync("work", 1);
        using var producer = place.Producer();
        var to = producer.Topic(topic);
        var value = new byte[200];
        Send(640);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(64_000);
        // Of 64 records one carries a report, for which the client allocates on this thread; all others cost nothing here.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 64_000.0, 0, 2);
        Assert.True(producer.Drain(Limit));

        void Send(int count)
        {
            for (var i = 0; i < count; i++) producer.Produce(to, 0, value.AsSpan(0, 16), value);
        }
    }
}
