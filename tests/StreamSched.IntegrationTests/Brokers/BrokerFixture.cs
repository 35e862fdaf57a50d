using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using StreamSched.IntegrationTests;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace StreamSched.IntegrationTests;

/// <summary>The two brokers that tests share, started when first asked for. Tests keep apart by prefixes of their own.</summary>
public sealed class BrokerFixture : IAsyncDisposable
{
    private readonly Lazy<EmbeddedCluster> _embedded = new(() => new EmbeddedCluster(2));
    // On a machine that is busy it must not count as dead.
    private readonly Lazy<Task<RealKafka>> _real = new(() => RealKafka.StartAsync(settings: "broker.session.timeout.ms=30000"));
    private int _tests;

    /// <summary>For <c>[MemberData]</c>: tests that take the name of a broker run against both.</summary>
    public static TheoryData<string> Both => ["embedded", "real"];

    /// <summary>The real one; skips the test where there is none.</summary>
    public async Task<RealKafka> RealAsync()
    {
        Components.Require("kafka");
        return await _real.Value;
    }

    /// <summary>A place of its own on a broker.</summary>
    public async Task<TestBroker> ConnectAsync(string broker)
    {
        var prefix = $"t{Interlocked.Increment(ref _tests)}-{Environment.ProcessId}.";
        if (broker == "embedded") return new TestBroker(KafkaSettings.ForEmbedded(_embedded.Value) with { Prefix = prefix }, _embedded.Value);
        var real = await RealAsync();
        return new TestBroker(new KafkaSettings { BootstrapServers = real.BootstrapServers, Prefix = prefix }, null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded.IsValueCreated) _embedded.Value.Dispose();
        if (_real.IsValueCreated) await (await _real.Value).DisposeAsync();
    }
}

/// <summary>A broker as one test sees it.</summary>
public sealed record TestBroker(KafkaSettings Settings, EmbeddedCluster? Embedded)
{
    public static ILoggerFactory Loggers { get; } = new TestLog();

    /// <summary>Creates a topic with this many partitions, whatever the catalogue says.</summary>
    public async Task<string> TopicAsync(string name, int partitions)
    {
        var full = Settings.Topics.Of(name);
        if (Embedded is not null)
        {
            Embedded.CreateTopic(full, partitions);
            return full;
        }

        using var admin = new AdminClientBuilder(Settings.Admin()).SetLogHandler((_, _) => { }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = full, NumPartitions = partitions }]);
        for (var i = 0; i < 200; i++)
        {
            var topic = admin.GetMetadata(full, TimeSpan.FromSeconds(10)).Topics.Single();
            if (topic.Partitions.Count == partitions && topic.Partitions.All(partition => partition.Leader >= 0)) return full;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        throw new TimeoutException($"{full} has no leaders");
    }

    /// <summary>Deletes topics of a real broker and waits until it refuses what is written to them.</summary>
    public async Task DeleteAsync(params string[] topics)
    {
        using IAdminClient admin = new AdminClientBuilder(Settings.Admin()).SetLogHandler((_, _) => { }).Build();
        await admin.DeleteTopicsAsync(topics);
        await admin.InForceAsync();
    }

    /// <summary>Sets one of a topic's settings at a real broker and waits until it acts on it.</summary>
    public async Task SetAsync(string topic, string name, string value)
    {
        using IAdminClient admin = new AdminClientBuilder(Settings.Admin()).SetLogHandler((_, _) => { }).Build();
        ConfigResource resource = new() { Type = ResourceType.Topic, Name = topic };
        await admin.IncrementalAlterConfigsAsync(
            new() { [resource] = [new ConfigEntry { Name = name, Value = value, IncrementalOperation = AlterConfigOpType.Set }] });
        await admin.InForceAsync();
    }

    public RecordProducer Producer(DeliveryHandler? handler = null) => new(Settings, Loggers, TimeProvider.System, handler);

    /// <summary>Produces values 0, 1, … round the partitions and waits until all are stored.</summary>
    public void Fill(string topic, int partitions, int count, int from = 0)
    {
        using var producer = Producer();
        var place = producer.Topic(topic);
        for (var i = from; i < from + count; i++)
            Assert.Null(producer.Produce(place, i % partitions, BitConverter.GetBytes(i), BitConverter.GetBytes(i)));
        Assert.True(producer.Drain(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, place.Failed);
    }
}
