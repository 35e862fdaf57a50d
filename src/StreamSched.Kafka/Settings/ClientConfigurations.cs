using System.Text;
using Confluent.Kafka;
using StreamSched.Kafka.Native;

namespace StreamSched.Kafka.Settings;

/// <summary>The configurations of the kinds of client, each with what it must have to keep what the system promises.</summary>
internal static class ClientConfigurations
{
    // Set by this library because the promises rest on them, or by settings of their own.
    private static readonly Dictionary<string, string> Reserved = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "use bootstrap",
        ["metadata.broker.list"] = "use bootstrap",
        ["client.id"] = "use client-id",
        ["group.id"] = "groups have fixed names behind the prefix",
        ["group.instance.id"] = "use static-member-id",
        ["group.protocol"] = "use group-protocol",
        ["session.timeout.ms"] = "use session-timeout",
        ["enable.auto.commit"] = "only finished records are committed",
        ["enable.auto.offset.store"] = "only finished records are committed",
        ["auto.offset.reset"] = "a new group starts at the earliest record",
        ["partition.assignment.strategy"] = "assignment is cooperative",
        ["allow.auto.create.topics"] = "topics are created by topics create alone",
        ["enable.partition.eof"] = "readers depend on it",
        ["enable.idempotence"] = "producers are idempotent",
        ["security.protocol"] = "use security-protocol",
        ["sasl.mechanism"] = "use sasl-mechanism",
        ["sasl.mechanisms"] = "use sasl-mechanism",
        ["sasl.username"] = "use sasl-username",
        ["sasl.password"] = "use sasl-password",
    };

    private static readonly string[] ConsumerOnly =
        ["fetch.", "queued.", "max.poll.", "isolation.level", "check.crcs", "heartbeat.", "group.remote.", "coordinator."];
    private static readonly string[] ProducerOnly =
    [
        "queue.buffering.", "linger.ms", "batch.", "message.send.max.retries", "retries", "compression.", "acks", "request.required.acks", "request.timeout.ms",
        "message.timeout.ms", "delivery.timeout.ms", "max.in.flight", "sticky.partitioning.", "transaction",
    ];

    /// <summary>
    /// An idempotent producer. Reports carry only the key field, which brings back the caller's token (<c>RecordProducer</c>).
    /// </summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="ownPoll">The caller polls for delivery reports itself, on its own thread.</param>
    /// <param name="linger">Overrides <see cref="KafkaSettings.Linger"/>.</param>
    public static ProducerConfig Producer(this KafkaSettings settings, bool ownPoll = false, TimeSpan? linger = null)
    {
        var config = Common<ProducerConfig>(settings);
        config.EnableIdempotence = true;
        config.CompressionType = settings.Compression;
        config.LingerMs = (linger ?? settings.Linger).TotalMilliseconds;
        config.MessageTimeoutMs = (int)settings.DeliveryTimeout.TotalMilliseconds;
        config.MessageMaxBytes = 1_000_000_000; // the limit is each topic's own, which its operator may raise
        config.QueueBufferingMaxMessages = 500_000;
        config.QueueBufferingMaxKbytes = 256 * 1024;
        config.DeliveryReportFields = "key";
        config.EnableBackgroundPoll = !ownPoll;
        config.TopicMetadataRefreshIntervalMs = 30_000; // until then a partition that was added is none
        return WithProperties(config, settings, ConsumerOnly);
    }

    /// <summary>
    /// A member of a consumer group that commits by itself (<c>Consuming.GroupConsumer</c>). A new group begins at the earliest record.
    /// </summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="group">Full name of the group.</param>
    public static ConsumerConfig GroupConsumer(this KafkaSettings settings, string group)
    {
        var config = Consumer(settings, group);
        // New partitions are noticed by it alone; the client's own 5 minutes would leave requests unanswered for as long.
        config.TopicMetadataRefreshIntervalMs = 10_000;
        config.GroupInstanceId = settings.StaticMemberId;
        config.GroupProtocol = settings.GroupProtocol;
        if (settings.GroupProtocol == GroupProtocol.Consumer) return WithProperties(config, settings, ProducerOnly); // librdkafka refuses the rest then
        config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        config.SessionTimeoutMs = (int)settings.SessionTimeout.TotalMilliseconds;
        config.HeartbeatIntervalMs = (int)Math.Clamp(settings.SessionTimeout.TotalMilliseconds / 4, 100, 3000);
        return WithProperties(config, settings, ProducerOnly);
    }

    /// <summary>A consumer without a group that is told where to begin and notices ends (<c>Consuming.TopicReader</c>).</summary>
    public static ConsumerConfig Reader(this KafkaSettings settings)
    {
        var config = Consumer(settings, settings.Group("reader")); // the client demands a name; nothing is ever committed under it
        config.EnablePartitionEof = true;
        return WithProperties(config, settings, ProducerOnly);
    }

    /// <summary>A consumer that reads nothing: it knows the offsets of a group that nobody joins (<c>Producing.TransactionalProducer</c>).</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="group">Full name of the group.</param>
    public static ConsumerConfig OffsetsOf(this KafkaSettings settings, string group) => WithProperties(Consumer(settings, group), settings, ProducerOnly);

    /// <summary>An admin client.</summary>
    public static AdminClientConfig Admin(this KafkaSettings settings) =>
        WithProperties(Common<AdminClientConfig>(settings), settings, [.. ConsumerOnly, .. ProducerOnly]);

    /// <summary>What librdkafka, or this library, has against further properties. Values are not shown: they may be secret.</summary>
    internal static IEnumerable<string> PropertyProblems(IReadOnlyDictionary<string, string> properties)
    {
        if (properties.Count == 0) yield break;
        var configuration = Librdkafka.ConfNew();
        try
        {
            foreach (var (name, value) in properties)
            {
                if (Reserved.TryGetValue(name, out var why))
                {
                    yield return $"librdkafka.{name}: may not be set here: {why}";
                    continue;
                }

                var error = new byte[Librdkafka.ErrorTextBytes];
                var result = Librdkafka.ConfSet(configuration, name, value, error, Librdkafka.ErrorTextBytes);
                if (result == Librdkafka.ConfUnknown) yield return $"librdkafka.{name}: librdkafka has no such property";
                else if (result == Librdkafka.ConfInvalid) yield return $"librdkafka.{name}: {WithoutValue(error, value)}";
                else if (NamesFile(name) && value is not ("" or "probe") && !Directory.Exists(value) && KafkaSecurity.FileProblem(value) is { } problem)
                    yield return $"librdkafka.{name}: {problem}";
            }
        }
        finally
        {
            Librdkafka.ConfDestroy(configuration);
        }
    }

    private static bool NamesFile(string property) =>
        property.EndsWith(".location", StringComparison.Ordinal) || property.EndsWith(".file", StringComparison.Ordinal) || property == "sasl.kerberos.keytab";

    private static string WithoutValue(byte[] error, string value)
    {
        var text = Encoding.UTF8.GetString(error).TrimEnd('\0');
        return value.Length == 0 ? text : text.Replace(value, "…", StringComparison.Ordinal);
    }

    private static ConsumerConfig Consumer(KafkaSettings settings, string group)
    {
        var config = Common<ConsumerConfig>(settings);
        config.GroupId = group;
        config.EnableAutoCommit = false;
        config.EnableAutoOffsetStore = false;
        config.AutoOffsetReset = AutoOffsetReset.Earliest;
        config.FetchWaitMaxMs = (int)settings.FetchWait.TotalMilliseconds;
        return config;
    }

    private static T Common<T>(KafkaSettings settings)
        where T : ClientConfig, new()
    {
        var config = new T
        {
            BootstrapServers = settings.BootstrapServers,
            ClientId = settings.ClientId,
            SocketConnectionSetupTimeoutMs = (int)Math.Max(1000, settings.ConnectTimeout.TotalMilliseconds),
            // librdkafka's 60 s is how long a closing consumer would wait for a broker that is gone, and how long a dead link would go unnoticed.
            SocketTimeoutMs = (int)Math.Max(10_000, settings.FetchWait.TotalMilliseconds + 5000),
            ReconnectBackoffMs = 50,
            ReconnectBackoffMaxMs = 2000, // a broker that restarts is found again within this
        };
        // Else whoever asks for a topic first creates it, with the brokers' defaults instead of the contract's. librdkafka calls it a consumer's property; it
        // is every client's.
        config.Set("allow.auto.create.topics", "false");
        settings.Security.ApplyTo(config);
        return config;
    }

    private static T WithProperties<T>(T config, KafkaSettings settings, string[] foreign)
        where T : ClientConfig
    {
        foreach (var (name, value) in settings.Properties)
            if (!foreign.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))) config.Set(name, value);
        return config;
    }

}
