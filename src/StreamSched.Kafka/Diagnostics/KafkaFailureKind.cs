namespace StreamSched.Kafka.Diagnostics;

/// <summary>What is wrong between this program and the cluster.</summary>
public enum KafkaFailureKind
{
    /// <summary>No broker answers.</summary>
    Unreachable,

    /// <summary>Brokers refuse the credentials, or their certificate is not trusted.</summary>
    Authentication,

    /// <summary>The user may not do this.</summary>
    Authorization,

    /// <summary>A topic does not exist.</summary>
    UnknownTopic,

    /// <summary>Another process uses the same identity.</summary>
    Fenced,

    /// <summary>Brokers refuse a record or a setting, or are too old for what is asked.</summary>
    Refused,

    /// <summary>librdkafka gave up on this client.</summary>
    Fatal,

    /// <summary>This program failed inside a call-back of the client: a defect of ours.</summary>
    Callback,
}
