using Confluent.Kafka;
using StreamSched.Documents;

namespace StreamSched.Kafka.Settings;

/// <summary>How a client proves who it is and whom it talks to. <see cref="ToString"/> shows no secret.</summary>
public sealed record KafkaSecurity
{
    private const long MostBytes = 1 << 24;

    /// <summary>Plain or TLS, with or without SASL.</summary>
    public SecurityProtocol Protocol { get; init; } = SecurityProtocol.Plaintext;

    /// <summary>SASL mechanism; needed with the two SASL protocols.</summary>
    public SaslMechanism? Mechanism { get; init; }

    /// <summary>SASL user.</summary>
    public string? Username { get; init; }

    /// <summary>SASL password.</summary>
    public string? Password { get; init; }

    /// <summary>File of the certificates (PEM) that sign the brokers'; null: the system's.</summary>
    public string? CaLocation { get; init; }

    /// <summary>File of the client's own certificate (PEM), for mutual TLS.</summary>
    public string? CertificateLocation { get; init; }

    /// <summary>File of the key to <see cref="CertificateLocation"/> (PEM).</summary>
    public string? KeyLocation { get; init; }

    /// <summary>Password of the key file.</summary>
    public string? KeyPassword { get; init; }

    /// <summary>Whether SASL is in use.</summary>
    public bool IsSasl => Protocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl;

    /// <summary>Whether TLS is in use.</summary>
    public bool IsTls => Protocol is SecurityProtocol.Ssl or SecurityProtocol.SaslSsl;

    /// <inheritdoc/>
    public override string ToString() => IsSasl ? $"{Protocol} {Mechanism} as {Username}" : Protocol.ToString();

    internal void ApplyTo(ClientConfig config)
    {
        config.SecurityProtocol = Protocol;
        if (IsSasl)
        {
            config.SaslMechanism = Mechanism;
            config.SaslUsername = Username;
            config.SaslPassword = Password;
        }

        if (!IsTls) return;
        config.SslCaLocation = CaLocation;
        config.SslCertificateLocation = CertificateLocation;
        config.SslKeyLocation = KeyLocation;
        config.SslKeyPassword = KeyPassword;
    }

    internal IEnumerable<string> Problems()
    {
        if (IsSasl)
        {
            if (Mechanism is null) yield return $"sasl-mechanism: {Protocol} needs one, such as ScramSha512";
            if (Mechanism is SaslMechanism.Plain or SaslMechanism.ScramSha256 or SaslMechanism.ScramSha512)
            {
                if (string.IsNullOrEmpty(Username)) yield return $"sasl-username: {Mechanism} needs a user";
                if (string.IsNullOrEmpty(Password)) yield return $"sasl-password: {Mechanism} needs a password (or sasl-password-file)";
            }
        }
        else if (Mechanism is not null || Username is not null || Password is not null)
        {
            yield return $"security-protocol: {Protocol} uses no SASL, yet a mechanism, user or password is set; SaslSsl may be meant";
        }

        if (!IsTls && (CaLocation ?? CertificateLocation ?? KeyLocation) is not null)
            yield return $"security-protocol: {Protocol} uses no TLS, yet certificates are set; Ssl or SaslSsl may be meant";
        if (CertificateLocation is null != KeyLocation is null)
            yield return "ssl-certificate and ssl-key: a client certificate needs both";
        foreach (var (name, file) in new[] { ("ssl-ca", CaLocation), ("ssl-certificate", CertificateLocation), ("ssl-key", KeyLocation) })
            if (file is not null && FileProblem(file) is { } problem) yield return $"{name}: {problem}";
    }

    // librdkafka reads it itself, and would wait for a pipe's writer or a device's end without a limit.
    internal static string? FileProblem(string file)
    {
        if (!File.Exists(file)) return $"there is no file {file}";
        try
        {
            using Stream content = UserFile.Open(file, MostBytes);
            return content is MemoryStream { Length: > 0 } ? $"{file} is no file that can be read twice" : null;
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }
}
