using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.IntegrationTests;

public class SecurityTests(BrokerFixture brokers)
{
    [Fact]
    public async Task Tls_and_scram_reach_every_kind_of_client()
    {
        var settings = await SecureAsync(RealKafka.Password);
        Assert.Equal(1, ClusterProbe.Require(settings, TestBroker.Loggers, TimeProvider.System));
        var place = new TestBroker(settings, null);
        var topic = await place.TopicAsync("requests", 1);
        place.Fill(topic, 1, 10);
        using var reader = new TopicReader(settings, TestBroker.Loggers, TimeProvider.System, topic);
        Assert.Equal(10, reader.Follow(topic, 0));
        var member = new RecordingMember();
        member.Consumer = new GroupConsumer(
            settings, new GroupConsumerSettings { Group = settings.Group("g"), Topic = topic }, member, TestBroker.Loggers, TimeProvider.System);
        Polling.Until(() => member.Records.Count == 10, TimeSpan.FromSeconds(20), member.Consumer);
        member.Consumer.Close();
    }

    [Fact]
    public async Task A_wrong_password_is_said_quickly_by_every_kind_of_client_and_shown_nowhere()
    {
        const string wrong = "not-the-password-91";
        var settings = await SecureAsync(wrong);
        var log = new TestLog();
        var began = Stopwatch.GetTimestamp();
        var failures = new List<KafkaFailureException> { Assert.Throws<KafkaFailureException>(() => ClusterProbe.Require(settings, log, TimeProvider.System)) };
        using (var reader = new TopicReader(settings, log, TimeProvider.System))
            failures.Add(Assert.Throws<KafkaFailureException>(() => reader.Follow("t", 0)));
        using (var consumer = new GroupConsumer(
            settings, new GroupConsumerSettings { Group = "g", Topic = "t" }, new RecordingMember(), log, TimeProvider.System))
            failures.Add(Assert.Throws<KafkaFailureException>(() => Polling.Until(() => false, TimeSpan.FromSeconds(10), consumer)));
        using (var producer = new RecordProducer(settings, log, TimeProvider.System))
        {
            var topic = producer.Topic("t");
            failures.Add(Assert.Throws<KafkaFailureException>(() =>
            {
                for (var i = 0; i < 500; i++)
                {
                    producer.Produce(topic, 0, default, "x"u8);
                    producer.Poll(TimeSpan.FromMilliseconds(20));
                }
            }));
        }

        using (var producer = new BulkProducer(settings, log, TimeProvider.System))
        {
            var topic = producer.Topic("t");
            failures.Add(Assert.Throws<KafkaFailureException>(() =>
            {
                for (var i = 0; i < 500; i++)
                {
                    producer.Produce(topic, 0, default, "x"u8);
                    producer.Drain(TimeSpan.FromMilliseconds(20));
                }
            }));
        }

        Assert.All(failures, failure => Assert.Equal(KafkaFailureKind.Authentication, failure.Kind));
        Assert.All(failures, failure => Assert.Contains("sasl-password", failure.Message, StringComparison.Ordinal));
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        Assert.NotEmpty(log.Lines);
        foreach (var text in log.Lines.Concat(failures.Select(failure => failure.ToString())).Append(settings.ToString()))
            Assert.DoesNotContain(wrong, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_said()
    {
        var settings = await SecureAsync(RealKafka.Password);
        settings = settings with { Security = settings.Security with { CaLocation = null }, ConnectTimeout = TimeSpan.FromSeconds(5) };
        var failure = Assert.Throws<KafkaFailureException>(() => ClusterProbe.Require(settings, TestBroker.Loggers, TimeProvider.System));
        Assert.Equal(KafkaFailureKind.Authentication, failure.Kind);
        Assert.Contains("ssl-ca", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_listening_is_said_within_the_time_limit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var settings = new KafkaSettings { BootstrapServers = $"127.0.0.1:{port}", ConnectTimeout = TimeSpan.FromSeconds(2) };
        var began = Stopwatch.GetTimestamp();
        var failure = Assert.Throws<KafkaFailureException>(() => ClusterProbe.Require(settings, TestBroker.Loggers, TimeProvider.System));
        Assert.True(failure.IsTransient);
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("bootstrap", failure.Message, StringComparison.Ordinal);
        using var reader = new TopicReader(settings, TestBroker.Loggers, TimeProvider.System);
        Assert.Throws<KafkaFailureException>(() => reader.Follow("t", 0));
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 2, 12);
    }

    [Fact]
    public async Task C6_A_device_reads_its_answers_without_a_right_on_any_group()
    {
        var settings = await SecureAsync(RealKafka.Password);
        var place = new TestBroker(settings, null);
        var topic = await place.TopicAsync("results", 1);
        place.Fill(topic, 1, 10);

        // A group that somebody else has a right on is closed to all others.
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = (await brokers.RealAsync()).BootstrapServers }).Build())
        {
            await admin.CreateAclsAsync([new AclBinding
            {
                Pattern = new ResourcePattern { Type = ResourceType.Group, Name = settings.Prefix, ResourcePatternType = ResourcePatternType.Prefixed },
                Entry = new AccessControlEntry
                {
                    Principal = "User:nobody", Host = "*", Operation = AclOperation.Read, PermissionType = AclPermissionType.Allow,
                },
            }]);
            await admin.InForceAsync();
        }

        using var reader = new TopicReader(settings, TestBroker.Loggers, TimeProvider.System, topic);
        Assert.Equal(10, reader.Follow(topic, 0));
        int read = 0;
        for (var began = TimeProvider.System.GetTimestamp(); read < 10;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), "no record came");
            reader.Poll(TimeSpan.FromMilliseconds(100), (in ReceivedRecord _) => read++);
        }

        // The right is not there: a member of a group is told so.
        var member = new RecordingMember();
        member.Consumer = new GroupConsumer(
            settings, new GroupConsumerSettings { Group = settings.Group("g"), Topic = topic }, member, TestBroker.Loggers, TimeProvider.System);
        var failure = Assert.Throws<KafkaFailureException>(() => Polling.Until(() => false, TimeSpan.FromSeconds(30), member.Consumer));
        Assert.Equal(KafkaFailureKind.Authorization, failure.Kind);
        reader.Poll(TimeSpan.FromMilliseconds(100), (in ReceivedRecord _) => read++);
        Assert.Equal(10, read);
    }

    private async Task<KafkaSettings> SecureAsync(string password)
    {
        var place = await brokers.ConnectAsync("real");
        var real = await brokers.RealAsync();
        return (place.Settings with
        {
            BootstrapServers = real.SecureBootstrapServers,
            Security = new KafkaSecurity
            {
                Protocol = SecurityProtocol.SaslSsl,
                Mechanism = SaslMechanism.ScramSha512,
                Username = RealKafka.User,
                Password = password,
                CaLocation = real.CaFile,
            },
        }).Validated();
    }
}
