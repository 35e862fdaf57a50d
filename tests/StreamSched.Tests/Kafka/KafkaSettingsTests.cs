using Confluent.Kafka;
using StreamSched.Kafka.Settings;

namespace StreamSched.Tests.Kafka;

public class KafkaSettingsTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Theory]
    [InlineData("sasl-password=hunter2", "sasl-password=***")]
    [InlineData(" SSL-Key-Password =hunter2", " SSL-Key-Password =***")]
    [InlineData("librdkafka.sasl.oauthbearer.client.secret=a=b", "librdkafka.sasl.oauthbearer.client.secret=***")]
    [InlineData("sasl-password-file=/run/secret", "sasl-password-file=/run/secret")]
    [InlineData("sasl-username=me", "sasl-username=me")]
    [InlineData("--rate", "--rate")]
    [InlineData("password", "password")]
    [InlineData("", "")]
    public void What_may_be_secret_is_not_shown(string setting, string shown) => Assert.Equal(shown, KafkaSettingsReader.Shown(setting));

    [Fact]
    public void Defaults_need_only_a_broker()
    {
        var settings = KafkaSettingsReader.Read(new Dictionary<string, string> { ["bootstrap"] = "localhost:9092" }, Nothing);
        Assert.Equal("streamsched.", settings.Prefix);
        Assert.Equal(TimeSpan.FromSeconds(6), settings.SessionTimeout);
        Assert.Equal(SecurityProtocol.Plaintext, settings.Security.Protocol);
        Assert.Null(settings.StaticMemberId);

        var member = settings.GroupConsumer("g");
        Assert.False(member.EnableAutoCommit);
        Assert.False(member.EnableAutoOffsetStore);
        Assert.Equal(AutoOffsetReset.Earliest, member.AutoOffsetReset);
        Assert.Equal(PartitionAssignmentStrategy.CooperativeSticky, member.PartitionAssignmentStrategy);
        Assert.Equal(6000, member.SessionTimeoutMs);
        Assert.Null(member.GroupInstanceId);

        var producer = settings.Producer();
        Assert.True(producer.EnableIdempotence);
        Assert.Equal(CompressionType.None, producer.CompressionType);
        Assert.Equal(1_000_000_000, producer.MessageMaxBytes); // topics have limits of their own
        Assert.True(settings.Reader().EnablePartitionEof);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var options = new Dictionary<string, string>
        {
            ["bootstrap"] = "localhost",
            ["prefix"] = "a b",
            ["partitions"] = "many",
            ["session-timeout"] = "6",
            ["compression"] = "Gzip",
            ["security-protocol"] = "SASL_SSL",
            ["ssl-ca"] = "/no/such/file.pem",
            ["bootstraps"] = "x",
            ["librdkafka.no.such.thing"] = "1",
            ["librdkafka.enable.auto.commit"] = "true",
            ["librdkafka.socket.send.buffer.bytes"] = "lots",
        };
        var exception = Assert.Throws<KafkaSettingsException>(() =>
            KafkaSettingsReader.Read(options, new Dictionary<string, string> { ["STREAMSCHED_KAFKA_LINGERR"] = "1ms" }));
        string[] expected =
        [
            "'localhost' is not HOST:PORT", "'a b' may have", "partitions: 'many'", "session-timeout: '6' is not a time", "neither None nor Lz4",
            "sasl-mechanism: SaslSsl needs one", "there is no file /no/such/file.pem", "bootstraps: there is no such setting",
            "librdkafka has no such property", "librdkafka.enable.auto.commit: may not be set", "librdkafka.socket.send.buffer.bytes",
        ];
        Assert.All(expected, text => Assert.Contains(exception.Problems, problem => problem.Contains(text, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, exception.Problems.Count);
        Assert.All(exception.Problems, problem => Assert.Contains(problem, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_win_over_the_environment_and_both_reach_the_client()
    {
        var ca = Path.GetTempFileName();
        var password = Path.GetTempFileName();
        File.WriteAllText(password, "from-file\n");
        try
        {
            var settings = KafkaSettingsReader.Read(
                new Dictionary<string, string>
                {
                    ["prefix"] = "mine.", ["linger"] = "0.25ms", ["librdkafka.fetch.min.bytes"] = "2", ["group-protocol"] = "consumer",
                },
                new Dictionary<string, string>
                {
                    ["STREAMSCHED_KAFKA_BOOTSTRAP"] = "a:1,b:2",
                    ["STREAMSCHED_KAFKA_PREFIX"] = "theirs.",
                    ["STREAMSCHED_KAFKA_SECURITY_PROTOCOL"] = "SASL_SSL",
                    ["STREAMSCHED_KAFKA_SASL_MECHANISM"] = "SCRAM-SHA-512",
                    ["STREAMSCHED_KAFKA_SASL_USERNAME"] = "dev",
                    ["STREAMSCHED_KAFKA_SASL_PASSWORD_FILE"] = password,
                    ["STREAMSCHED_KAFKA_SSL_CA"] = ca,
                    ["STREAMSCHED_KAFKA_LIBRDKAFKA_SOCKET_KEEPALIVE_ENABLE"] = "true",
                    ["PATH"] = "/bin",
                });
            Assert.Equal("mine.", settings.Prefix);
            var member = settings.GroupConsumer("g");
            Assert.Equal("a:1,b:2", member.BootstrapServers);
            Assert.Equal(SecurityProtocol.SaslSsl, member.SecurityProtocol);
            Assert.Equal(SaslMechanism.ScramSha512, member.SaslMechanism);
            Assert.Equal("from-file", member.SaslPassword);
            Assert.Equal(ca, member.SslCaLocation);
            Assert.Equal("true", member.Get("socket.keepalive.enable"));
            Assert.Equal("2", member.Get("fetch.min.bytes"));
            Assert.Equal(GroupProtocol.Consumer, member.GroupProtocol);
            Assert.Null(member.SessionTimeoutMs);
            Assert.Null(member.PartitionAssignmentStrategy);
            var producer = settings.Producer();
            Assert.Null(producer.Get("fetch.min.bytes"));
            Assert.Equal(0.25, producer.LingerMs);
        }
        finally
        {
            File.Delete(ca);
            File.Delete(password);
        }
    }

    [Fact]
    public void C1_Variables_of_others_are_ignored_and_those_that_may_be_misspelt_are_named()
    {
        Dictionary<string, string> environment = new()
        {
            // Kubernetes, for services called streamsched-kafka, streamsched-kafka-bootstrap and streamsched-kafka-librdkafka
            ["STREAMSCHED_KAFKA_SERVICE_HOST"] = "10.0.0.7",
            ["STREAMSCHED_KAFKA_SERVICE_PORT"] = "9092",
            ["STREAMSCHED_KAFKA_SERVICE_PORT_CLIENTS_TLS"] = "9093",
            ["STREAMSCHED_KAFKA_PORT"] = "tcp://10.0.0.7:9092",
            ["STREAMSCHED_KAFKA_PORT_9092_TCP"] = "tcp://10.0.0.7:9092",
            ["STREAMSCHED_KAFKA_PORT_9092_TCP_PROTO"] = "tcp",
            ["STREAMSCHED_KAFKA_PORT_9092_TCP_PORT"] = "9092",
            ["STREAMSCHED_KAFKA_PORT_9092_TCP_ADDR"] = "10.0.0.7",
            ["STREAMSCHED_KAFKA_BOOTSTRAP_SERVICE_HOST"] = "10.0.0.8",
            ["STREAMSCHED_KAFKA_BOOTSTRAP_PORT"] = "tcp://10.0.0.8:9092",
            ["STREAMSCHED_KAFKA_BOOTSTRAP_PORT_9092_UDP_ADDR"] = "10.0.0.8",
            ["STREAMSCHED_KAFKA_LIBRDKAFKA_SERVICE_PORT"] = "9092",
            ["STREAMSCHED_KAFKA_LIBRDKAFKA_PORT"] = "tcp://10.0.0.9:9092",
            ["STREAMSCHED_KAFKA_LINGERR"] = "5ms",
            ["STREAMSCHED_KAFKA_NAME"] = "/web/streamsched-kafka",
            ["STREAMSCHED_KAFKA_PREFIX"] = "ours.",
        };
        var ignored = new List<string>();
        var settings = KafkaSettingsReader.Read(new Dictionary<string, string> { ["bootstrap"] = "a:1" }, environment, ignored.Add);
        Assert.Equal("ours.", settings.Prefix);
        Assert.Empty(settings.Properties);
        Assert.Equal(2, ignored.Count);
        Assert.Contains("STREAMSCHED_KAFKA_LINGERR is ignored: there is no such setting", ignored[0], StringComparison.Ordinal);
        Assert.Contains("STREAMSCHED_KAFKA_LINGER", ignored[0], StringComparison.Ordinal);
        Assert.StartsWith("STREAMSCHED_KAFKA_NAME is ignored", ignored[1], StringComparison.Ordinal);
    }

    [Fact]
    public void C1_An_empty_variable_is_an_unset_one_whatever_its_name()
    {
        var environment = KafkaSettingsReader.Names.Select(setting => "STREAMSCHED_KAFKA_" + setting.Name.ToUpperInvariant().Replace('-', '_'))
            .Append("STREAMSCHED_KAFKA_LIBRDKAFKA_SOCKET_KEEPALIVE_ENABLE").ToDictionary(name => name, name => name.Length % 2 == 0 ? "" : " ");
        var options = new Dictionary<string, string> { ["bootstrap"] = "a:1" };
        Assert.Equal(
            KafkaSettingsReader.Read(options, new Dictionary<string, string>()).ToString(),
            KafkaSettingsReader.Read(options, environment, Assert.Fail).ToString());
    }

    [Fact]
    public void Secrets_are_in_no_text()
    {
        var settings = new KafkaSettings
        {
            BootstrapServers = "a:1",
            Security = new KafkaSecurity
            {
                Protocol = SecurityProtocol.SaslPlaintext, Mechanism = SaslMechanism.Plain, Username = "dev", Password = "s3cret-1", KeyPassword = "s3cret-2",
            },
            Properties = new Dictionary<string, string> { ["sasl.oauthbearer.client.secret"] = "s3cret-3", ["socket.keepalive.enable"] = "s3cret-4" },
        };
        var problems = Assert.Throws<KafkaSettingsException>(() => settings.Validated()).Message;
        foreach (var text in new[] { settings.ToString(), settings.Security.ToString(), problems, $"{settings}" })
            Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        Assert.Contains("sasl.oauthbearer.client.secret", settings.ToString(), StringComparison.Ordinal);
        Assert.Contains("socket.keepalive.enable", problems, StringComparison.Ordinal);
    }

    [Fact]
    public void Sasl_without_the_protocol_is_a_mistake() => Assert.Contains(
        new KafkaSettings { BootstrapServers = "a:1", Security = new KafkaSecurity { Username = "dev", Password = "x" } }.Problems(),
        problem => problem.Contains("SaslSsl may be meant", StringComparison.Ordinal));
}
