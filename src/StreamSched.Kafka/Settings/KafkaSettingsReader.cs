using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using StreamSched.Documents;

namespace StreamSched.Kafka.Settings;

/// <summary>
/// Reads <see cref="KafkaSettings"/> from named options and from the environment (<c>STREAMSCHED_KAFKA_…</c>); options win. Every setting that is unreadable or
/// impossible, and every option that is unknown, is reported at once. An unknown variable may be another program's, so it is named and ignored.
/// </summary>
public static partial class KafkaSettingsReader
{
    /// <summary>What the variables of the environment begin with; the rest is the setting's name in capitals with _ for -.</summary>
    public const string EnvironmentPrefix = "STREAMSCHED_KAFKA_";

    /// <summary>What names of librdkafka's own properties begin with, such as <c>librdkafka.socket.keepalive.enable</c>.</summary>
    public const string PropertyPrefix = "librdkafka.";

    private const long MostOfSecret = 1 << 20;

    private const string PropertyVariable = EnvironmentPrefix + "LIBRDKAFKA_";

    private static readonly (string Name, string Description, Func<KafkaSettings, string, KafkaSettings> Apply)[] Known =
    [
        ("bootstrap", "brokers as HOST:PORT,HOST:PORT", (s, v) => s with { BootstrapServers = v }),
        ("prefix", "what stands before topics and groups", (s, v) => s with { Prefix = v }),
        ("client-id", "name of this client at the brokers", (s, v) => s with { ClientId = v }),
        ("partitions", "partitions of requests and the topics that follow it", (s, v) => s with { Partitions = Number(v) }),
        ("replication-factor", "copies of each partition when topics are created", (s, v) => s with { ReplicationFactor = (short)Number(v) }),
        ("group-protocol", "Classic or Consumer (KIP-848)", (s, v) => s with { GroupProtocol = Choice<GroupProtocol>(v) }),
        ("static-member-id", "static membership of the groups under this id", (s, v) => s with { StaticMemberId = v }),
        ("session-timeout", "time without heartbeat until others take over, such as 6s", (s, v) => s with { SessionTimeout = Time(v) }),
        ("compression", "None or Lz4", (s, v) => s with { Compression = Choice<CompressionType>(v) }),
        ("linger", "how long producers wait for more records, such as 0.5ms", (s, v) => s with { Linger = Time(v) }),
        ("delivery-timeout", "time until an undelivered record counts as failed", (s, v) => s with { DeliveryTimeout = Time(v) }),
        ("connect-timeout", "time for the first contact with the cluster", (s, v) => s with { ConnectTimeout = Time(v) }),
        ("fetch-wait", "how long brokers hold a fetch without records", (s, v) => s with { FetchWait = Time(v) }),
        ("security-protocol", "Plaintext, Ssl, SaslPlaintext or SaslSsl", (s, v) => Secured(s, x => x with { Protocol = Choice<SecurityProtocol>(v) })),
        ("sasl-mechanism", "Plain, ScramSha256, ScramSha512, Gssapi or OAuthBearer",
            (s, v) => Secured(s, x => x with { Mechanism = Choice<SaslMechanism>(v) })),
        ("sasl-username", "SASL user", (s, v) => Secured(s, x => x with { Username = v })),
        ("sasl-password", "SASL password", (s, v) => Secured(s, x => x with { Password = v })),
        ("sasl-password-file", "file with the SASL password", (s, v) => Secured(s, x => x with { Password = FirstLine(v) })),
        ("ssl-ca", "PEM file of the certificates that sign the brokers'", (s, v) => Secured(s, x => x with { CaLocation = v })),
        ("ssl-certificate", "PEM file of this client's certificate", (s, v) => Secured(s, x => x with { CertificateLocation = v })),
        ("ssl-key", "PEM file of this client's key", (s, v) => Secured(s, x => x with { KeyLocation = v })),
        ("ssl-key-password", "password of the key file", (s, v) => Secured(s, x => x with { KeyPassword = v })),
    ];

    /// <summary>Every setting's name and what it says, for help texts.</summary>
    public static IReadOnlyList<(string Name, string Description)> Names { get; } = [.. Known.Select(setting => (setting.Name, setting.Description))];

    /// <summary>A setting as <c>NAME=VALUE</c> without what may be secret, for what is shown and kept.</summary>
    /// <param name="text">The setting; anything else stays as it is.</param>
    public static string Shown(string text)
    {
        int value = text.IndexOf('=', StringComparison.Ordinal) + 1;
        ReadOnlySpan<char> name = text.AsSpan(0, Math.Max(0, value - 1)).Trim();
        bool isSecret = name.EndsWith("password", StringComparison.OrdinalIgnoreCase) || name.StartsWith("librdkafka.", StringComparison.OrdinalIgnoreCase);
        return isSecret ? text[..value] + "***" : text;
    }

    /// <summary>Reads and validates the settings.</summary>
    /// <param name="options">By name, such as <c>bootstrap</c> or <c>librdkafka.socket.keepalive.enable</c>.</param>
    /// <param name="environment">Variables of the environment; those of others are not looked at, and an empty one counts as unset.</param>
    /// <param name="ignored">Gets one line per variable that begins as ours do and is none of ours; those that Kubernetes makes of a service's name stay
    /// unsaid.</param>
    /// <exception cref="KafkaSettingsException">With everything that is wrong.</exception>
    public static KafkaSettings Read(
        IReadOnlyDictionary<string, string> options, IReadOnlyDictionary<string, string> environment, Action<string>? ignored = null)
    {
        var problems = new List<string>();
        var properties = new Dictionary<string, string>();
        var settings = new KafkaSettings { BootstrapServers = "" };
        foreach (var (variable, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || string.IsNullOrWhiteSpace(value) || IsServiceLink(variable, value))
                continue;
            var name = variable.StartsWith(PropertyVariable, StringComparison.Ordinal)
                ? PropertyPrefix + variable[PropertyVariable.Length..].ToLowerInvariant().Replace('_', '.')
                : variable[EnvironmentPrefix.Length..].ToLowerInvariant().Replace('_', '-');
            if (!IsKnown(name))
            {
                ignored?.Invoke($"{variable} is ignored: there is no such setting; there are {Variables()}");
                continue;
            }

            settings = Apply(settings, name, value, variable, properties, problems);
        }

        foreach (var (name, value) in options) settings = Apply(settings, name, value, name, properties, problems);
        settings = settings with { Properties = properties };
        problems.AddRange(settings.Problems());
        return problems.Count == 0 ? settings : throw new KafkaSettingsException(problems);
    }

    private static KafkaSettings Apply(
        KafkaSettings settings, string name, string value, string source, Dictionary<string, string> properties, List<string> problems)
    {
        if (name.StartsWith(PropertyPrefix, StringComparison.Ordinal))
        {
            properties[name[PropertyPrefix.Length..]] = value;
            return settings;
        }

        if (!IsKnown(name))
        {
            problems.Add($"{source}: there is no such setting; there are {string.Join(", ", Known.Select(setting => setting.Name))} and librdkafka.…");
            return settings;
        }

        try
        {
            return Array.Find(Known, setting => setting.Name == name).Apply(settings, value);
        }
        catch (FormatException exception)
        {
            problems.Add($"{source}: {exception.Message}");
            return settings;
        }
    }

    private static bool IsKnown(string name) =>
        name.StartsWith(PropertyPrefix, StringComparison.Ordinal) || Array.Exists(Known, setting => setting.Name == name);

    private static string Variables() =>
        string.Join(", ", Known.Select(setting => EnvironmentPrefix + setting.Name.ToUpperInvariant().Replace('-', '_'))) + " and " + PropertyVariable + "…";

    // Kubernetes tells every container of a namespace about every service by such variables, so a service called streamsched-kafka, or
    // streamsched-kafka-bootstrap, makes names that begin as ours do.
    private static bool IsServiceLink(string variable, string value) =>
        ServiceLink().IsMatch(variable) || (variable.EndsWith("_PORT", StringComparison.Ordinal) && ServiceAddress().IsMatch(value));

    [GeneratedRegex(@"_SERVICE_HOST\z|_SERVICE_PORT(_[A-Z0-9_]+)?\z|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceLink();

    [GeneratedRegex(@"\A(tcp|udp|sctp)://", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceAddress();

    private static KafkaSettings Secured(KafkaSettings settings, Func<KafkaSecurity, KafkaSecurity> change) =>
        settings with { Security = change(settings.Security) };

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= short.MaxValue
        ? number
        : throw new FormatException($"'{text}' is not a number from 0 to {short.MaxValue}");

    private static T Choice<T>(string text)
        where T : struct, Enum
    {
        // Kafka's own spelling is accepted beside ours: SASL_SSL, SCRAM-SHA-512.
        var plain = text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        foreach (var name in Enum.GetNames<T>())
            if (name.Equals(plain, StringComparison.OrdinalIgnoreCase)) return Enum.Parse<T>(name);
        throw new FormatException($"'{text}' is none of {string.Join(", ", Enum.GetNames<T>())}");
    }

    private static TimeSpan Time(string text) =>
        DurationText.TryParse(text, out var time) ? time : throw new FormatException($"'{text}' is not a time such as 0.5ms, 6s, 10m or 1h");

    private static string FirstLine(string file)
    {
        try
        {
            return UserFile.ReadLines(file, MostOfSecret).FirstOrDefault() ?? throw new FormatException($"{file} is empty");
        }
        catch (IOException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }
}
