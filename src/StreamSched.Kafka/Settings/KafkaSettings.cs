using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using StreamSched.Kafka.Embedded;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Settings;

/// <summary>
/// How this installation reaches Kafka. Immutable; <see cref="KafkaSettingsReader"/> makes it from options and environment.
/// <see cref="ToString"/> shows no secret, nor any value of <see cref="Properties"/>, since those may be some.
/// </summary>
public sealed partial record KafkaSettings
{
    private const int MostServers = 100, MostNameLength = 200;

    /// <summary>Brokers to ask first, as <c>host:port,host:port</c>.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>What stands before every topic and group of the installation.</summary>
    public string Prefix { get; init; } = "streamsched.";

    /// <summary>Name under which brokers and their logs know this client.</summary>
    public string ClientId { get; init; } = "streamsched";

    /// <summary>
    /// Partitions of <c>requests</c> and of the topics that have as many: used when they are created, and demanded by the check where set.
    /// </summary>
    public int? Partitions { get; init; }

    /// <summary>Copies of each partition when topics are created; null: the broker's default.</summary>
    public short? ReplicationFactor { get; init; }

    /// <summary>TLS and SASL.</summary>
    public KafkaSecurity Security { get; init; } = new();

    /// <summary>How consumer groups share partitions: <c>Classic</c> with cooperative-sticky assignment, or <c>Consumer</c>, KIP-848's.</summary>
    public GroupProtocol GroupProtocol { get; init; } = GroupProtocol.Classic;

    /// <summary>
    /// Makes this process a static member of its groups. Its partitions then wait for it for the whole session time-out, even after a clean
    /// close, which is why there is none by default.
    /// </summary>
    public string? StaticMemberId { get; init; }

    /// <summary>
    /// After this long without a heartbeat a member's partitions go to others. Kafka's own default is 45 s; with <see cref="GroupProtocol"/>
    /// <c>Consumer</c> the broker's setting counts and this one is not sent.
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Compression of what is produced: <c>None</c> or <c>Lz4</c>.</summary>
    public CompressionType Compression { get; init; } = CompressionType.None;

    /// <summary>How long a producer waits for more records to share a request.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(0.5);

    /// <summary>How long a record may take to be stored, retries included, before it counts as failed.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the first contact with the cluster, and any question to it, may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a broker without new records may hold a fetch. A real one answers as soon as there is one; the embedded one waits this out
    /// every time, so <see cref="ForEmbedded"/> makes it short. Questions to a broker queue behind a fetch that it holds: with Kafka's own default of
    /// 500 ms taking over eight partitions took 3.6 s, with 50 ms 0.4 s.
    /// </summary>
    public TimeSpan FetchWait { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Any other property of librdkafka, by its own name. Applied last, to every client that knows it.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Full names of the topics.</summary>
    public TopicNames Topics => new(Prefix);

    /// <summary>Settings for the cluster inside this process.</summary>
    public static KafkaSettings ForEmbedded(EmbeddedCluster cluster) => new()
    {
        BootstrapServers = cluster.BootstrapServers,
        FetchWait = TimeSpan.FromMilliseconds(2),
    };

    /// <summary>Full name of a consumer group.</summary>
    public string Group(string name) => Prefix + name;

    /// <summary>These settings, if they can work.</summary>
    /// <exception cref="KafkaSettingsException">With everything that is wrong with them.</exception>
    public KafkaSettings Validated()
    {
        var problems = Problems();
        return problems.Count == 0 ? this : throw new KafkaSettingsException(problems);
    }

    /// <summary>What is wrong with the settings; empty if nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(BootstrapServers)) problems.Add("bootstrap: no broker is named, such as localhost:9092");
        else
            problems.AddRange(ServerProblems(BootstrapServers.Split(',')));
        if (!PrefixText().IsMatch(Prefix)) problems.Add($"prefix: '{Prefix}' may have at most 150 of a-z, A-Z, 0-9, '.', '_' and '-'");
        if (string.IsNullOrWhiteSpace(ClientId)) problems.Add("client-id: may not be empty");
        foreach (var (name, value) in new[] { ("client-id", ClientId), ("static-member-id", StaticMemberId ?? "") })
            if (value.Length > MostNameLength || value.Any(char.IsControl))
                problems.Add($"{name}: '{value}' may have at most {MostNameLength} characters, and no control characters");
        if (Partitions is < 1 or > 10_000) problems.Add($"partitions: {Partitions} is not within 1 to 10000");
        if (ReplicationFactor is < 1) problems.Add($"replication-factor: {ReplicationFactor} is not 1 or more");
        if (Compression is not (CompressionType.None or CompressionType.Lz4)) problems.Add($"compression: {Compression} is neither None nor Lz4");
        Within(problems, "session-timeout", SessionTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(30));
        Within(problems, "linger", Linger, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Within(problems, "delivery-timeout", DeliveryTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Within(problems, "connect-timeout", ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Within(problems, "fetch-wait", FetchWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        problems.AddRange(Security.Problems());
        problems.AddRange(ClientConfigurations.PropertyProblems(Properties));
        return problems;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder($"{BootstrapServers} ({Security}), prefix '{Prefix}', client {ClientId}, group protocol {GroupProtocol}");
        if (StaticMemberId is not null) text.Append(", static member ").Append(StaticMemberId);
        if (Properties.Count > 0) text.Append(", with ").AppendJoin(", ", Properties.Keys.Order(StringComparer.Ordinal));
        return text.ToString();
    }

    private static void Within(List<string> problems, string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            problems.Add($"{name}: {value.TotalSeconds:0.####} s is not within {least.TotalSeconds:0.####} to {most.TotalSeconds:0.####} s");
    }

    // A client begins a thread for each, and counts ports modulo 65536.
    private static IEnumerable<string> ServerProblems(string[] servers) => servers.Length > MostServers
        ? [$"bootstrap: names {servers.Length} brokers; a few are enough, and at most {MostServers} can be named"]
        : servers.Select(server => server.Trim())
            .Where(server =>
                Server().Match(server) is not { Success: true } match || !ushort.TryParse(match.Groups[2].Value, CultureInfo.InvariantCulture, out _))
            .Select(server => $"bootstrap: '{server}' is not HOST:PORT");

    [GeneratedRegex(@"\A([^\s:/\p{C}]+|\[[0-9a-fA-F:.]+\]):([1-9][0-9]{0,4})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Server();

    [GeneratedRegex(@"\A[a-zA-Z0-9._-]{0,150}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PrefixText();
}
