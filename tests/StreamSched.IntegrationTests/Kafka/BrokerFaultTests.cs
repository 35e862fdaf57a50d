using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

/// <summary>Brokers of their own that are killed.</summary>
public class BrokerFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_killed_broker_of_three_costs_no_record_and_doubles_none()
    {
        Components.Require("kafka");
        await using var real = await RealKafka.StartAsync(nodes: 3, megabytes: 384);
        var place = new TestBroker(
            new KafkaSettings { BootstrapServers = real.BootstrapServers, Prefix = "ha.", ReplicationFactor = 3, SessionTimeout = TimeSpan.FromSeconds(3) },
            null);
        var topic = await place.TopicAsync("requests", 6);
        var member = new RecordingMember();
        member.Consumer = new GroupConsumer(
            place.Settings, new GroupConsumerSettings { Group = place.Settings.Group("g"), Topic = topic }, member, TestBroker.Loggers, TimeProvider.System);
        using var reading = Polling.InBackground(member.Consumer);
        long delivered = 0;
        using var producer = place.Producer((_, _, _, _, error) =>
        {
            if (error is null) Interlocked.Increment(ref delivered);
        });
        var to = producer.Topic(topic);
        var sent = 0;
        var target = 1000;
        await SendUntilAsync(() => sent >= target);
        var stored = Interlocked.Read(ref delivered);
        await real.KillAsync(2);
        target = sent + 4000;
        await SendUntilAsync(() => sent >= target && Interlocked.Read(ref delivered) > stored + 1000);
        await real.RestartAsync(2);
        Assert.True(producer.Drain(Limit));
        Assert.Equal(sent, delivered);
        Assert.Equal(0, to.Failed);
        await WaitAsync(
            () => member.Records.Count >= sent || reading.HasEnded,
            () => $"{member.Records.Count} of {sent} records were read, by partition "
                + $"{string.Join(", ", member.Records.GroupBy(record => record.Partition).OrderBy(g => g.Key).Select(g => $"{g.Key}: {g.Count()}"))}");
        await reading.StopAsync();
        Assert.Equal(Enumerable.Range(0, sent), member.Records.Select(record => record.Value).Order());

        async Task SendUntilAsync(Func<bool> enough)
        {
            for (var began = TimeProvider.System.GetTimestamp(); !enough(); sent++)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, real.Log(1));
                Assert.Null(producer.Produce(to, sent % 6, default, BitConverter.GetBytes(sent), token: sent));
                if (sent % 20 == 0) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            }
        }
    }

    [Fact]
    public async Task A_broker_that_was_killed_and_comes_back_is_found_again_with_everything_committed()
    {
        Components.Require("kafka");
        await using var real = await RealKafka.StartAsync(megabytes: 384);
        var place = new TestBroker(new KafkaSettings { BootstrapServers = real.BootstrapServers, Prefix = "one." }, null);
        var topic = await place.TopicAsync("requests", 2);
        place.Fill(topic, 2, 100);
        var member = new RecordingMember();
        member.Consumer = new GroupConsumer(
            place.Settings, new GroupConsumerSettings { Group = place.Settings.Group("g"), Topic = topic, CommitInterval = TimeSpan.FromMilliseconds(50) },
            member, TestBroker.Loggers, TimeProvider.System);
        using var reading = Polling.InBackground(member.Consumer);
        await WaitAsync(() => member.Records.Count == 100);
        using var producer = place.Producer();
        await real.KillAsync(1);
        for (var i = 100; i < 200; i++) Assert.Null(producer.Produce(producer.Topic(topic), i % 2, default, BitConverter.GetBytes(i), token: i));
        await real.RestartAsync(1);
        Assert.True(producer.Drain(Limit));
        await WaitAsync(() => member.Records.Select(record => record.Value).Distinct().Count() == 200);
        Assert.Equal(0, producer.Topic(topic).Failed);
        await reading.StopAsync();
    }

    private static async Task WaitAsync(Func<bool> condition, Func<string>? soFar = null)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !condition();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"it did not happen in time; {soFar?.Invoke()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
