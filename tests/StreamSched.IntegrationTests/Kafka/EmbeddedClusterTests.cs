using System.Diagnostics;
using Confluent.Kafka;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests;

public class EmbeddedClusterTests
{
    [Fact]
    public void Topics_have_the_partitions_and_leaders_that_were_asked_for()
    {
        using var cluster = new EmbeddedCluster(3);
        Assert.True(cluster.CreateTopic("t", 5));
        Assert.False(cluster.CreateTopic("t", 5));
        cluster.SetLeader("t", 4, 2);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = cluster.BootstrapServers }).Build();
        var metadata = admin.GetMetadata("t", TimeSpan.FromSeconds(10));
        Assert.Equal(3, metadata.Brokers.Count);
        Assert.Equal(5, metadata.Topics.Single().Partitions.Count);
        Assert.Equal(2, metadata.Topics.Single().Partitions.Single(partition => partition.PartitionId == 4).Leader);
        Assert.Throws<InvalidOperationException>(() => cluster.SetLeader("t", 0, 99));
    }

    [Fact]
    public async Task A_far_broker_answers_late()
    {
        using var cluster = new EmbeddedCluster(2);
        cluster.CreateTopic("near", 1);
        cluster.CreateTopic("far", 1);
        cluster.SetLeader("near", 0, 1);
        cluster.SetLeader("far", 0, 2);
        cluster.SetRoundTrip(2, TimeSpan.FromMilliseconds(80));
        using var producer = new RecordProducer(KafkaSettings.ForEmbedded(cluster), TestBroker.Loggers, TimeProvider.System);
        var near = await TimeAsync("near");
        var far = await TimeAsync("far");
        Assert.InRange(far.TotalMilliseconds, 79, 2000);
        Assert.True(near < far, $"near {near.TotalMilliseconds} ms, far {far.TotalMilliseconds} ms");

        async Task<TimeSpan> TimeAsync(string topic)
        {
            await producer.ProduceAsync(producer.Topic(topic), 0, null, [1]); // connects
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < 5; i++)
            {
                var began = Stopwatch.GetTimestamp();
                await producer.ProduceAsync(producer.Topic(topic), 0, null, [1]);
                var took = Stopwatch.GetElapsedTime(began);
                if (took < best) best = took;
            }

            return best;
        }
    }

    [Fact]
    public async Task Another_process_with_another_client_can_connect()
    {
        var python = Components.Require("python");
        using var cluster = new EmbeddedCluster();
        cluster.CreateTopic("t", 1);
        const string script = "import sys, confluent_kafka as k\np = k.Producer({'bootstrap.servers': sys.argv[1]})\n"
            + "p.produce('t', b'from python', partition=0)\nsys.exit(p.flush(20))";
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", script, cluster.BootstrapServers]) { RedirectStandardError = true })!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync());
        using var reader = new TopicReader(KafkaSettings.ForEmbedded(cluster), TestBroker.Loggers, TimeProvider.System, "t");
        Assert.Equal(1, reader.Follow("t", 0));
    }

    [Fact]
    public async Task The_settings_keep_the_way_through_the_cluster_short()
    {
        using var cluster = new EmbeddedCluster();
        cluster.CreateTopic("t", 1);
        var settings = KafkaSettings.ForEmbedded(cluster);
        using var producer = new RecordProducer(settings, TestBroker.Loggers, TimeProvider.System);
        using var reader = new TopicReader(settings, TestBroker.Loggers, TimeProvider.System, "t");
        reader.Follow("t", 0);
        var times = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var began = Stopwatch.GetTimestamp();
            producer.Produce(producer.Topic("t"), 0, default, [1]);
            while (reader.Poll(TimeSpan.FromMilliseconds(100), (in ReceivedRecord _) => { }) == 0)
                Assert.True(Stopwatch.GetElapsedTime(began).TotalSeconds < 5);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        times.Sort();
        Assert.InRange(times[25], 0, 50); // measured 3 to 4 ms; with librdkafka's own fetch.wait.max.ms it would be 500
        await Task.CompletedTask;
    }
}
