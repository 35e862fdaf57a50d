using Confluent.Kafka;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// The cluster cannot be used. The message says what to change; a process that meets it ends with a non-zero exit unless
/// <see cref="IsTransient"/>.
/// </summary>
public sealed class KafkaFailureException : Exception
{
    /// <summary>Describes a failure.</summary>
    public KafkaFailureException(KafkaFailureKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>What is wrong.</summary>
    public KafkaFailureKind Kind { get; }

    /// <summary>Whether the same may work later without any change.</summary>
    public bool IsTransient => Kind == KafkaFailureKind.Unreachable;

    /// <summary>The failure of a client one of whose call-backs threw.</summary>
    /// <param name="callback">Which, such as <c>a delivery report</c>.</param>
    /// <param name="exception">What it threw.</param>
    internal static KafkaFailureException InCallback(string callback, Exception exception) =>
        exception as KafkaFailureException
        ?? new(KafkaFailureKind.Callback, $"{callback} could not be handled: {exception.GetType().Name}: {exception.Message}", exception);

    /// <summary>The failure that an error stands for; null if the client repairs it by itself or the action may be repeated.</summary>
    /// <param name="error">As the client reports it.</param>
    /// <param name="subject">What was used, such as a topic or group, for the message.</param>
    internal static KafkaFailureException? From(Error error, string subject) => error.Code switch
    {
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed
            or ErrorCode.TransactionalIdAuthorizationFailed =>
            new(
                KafkaFailureKind.Authorization,
                $"the Kafka user may not use {subject}: {error.Reason}. Grant it the rights (docs/security.md), or check sasl-username"),
        ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState or ErrorCode.Local_Authentication =>
            new(KafkaFailureKind.Authentication, $"Kafka refused the login: {error.Reason}. Check sasl-mechanism, sasl-username and sasl-password"),
        ErrorCode.Local_Ssl =>
            new(KafkaFailureKind.Authentication, $"TLS with Kafka failed: {error.Reason}. Check security-protocol and ssl-ca"),
        ErrorCode.FencedInstanceId or ErrorCode.Local_Fenced or ErrorCode.UnreleasedInstanceId =>
            new(KafkaFailureKind.Fenced, $"another process is the same static member of {subject}: {error.Reason}. Give each its own static-member-id"),
        ErrorCode.UnsupportedVersion or ErrorCode.UnsupportedForMessageFormat or ErrorCode.Local_UnsupportedFeature =>
            new(KafkaFailureKind.Refused, $"the brokers do not know what {subject} needs: {error.Reason}. Use Kafka 4, or group-protocol Classic"),
        ErrorCode.InvalidSessionTimeout =>
            new(
                KafkaFailureKind.Refused,
                $"the brokers refuse the session time-out: {error.Reason}. Set session-timeout within group.min/max.session.timeout.ms"),
        _ when error.IsFatal => new(KafkaFailureKind.Fatal, $"librdkafka gave up on {subject}: {error.Reason} ({error.Code})"),
        _ => null,
    };
}
