namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// Names of attributes of metrics and spans: OpenTelemetry's semantic conventions for messaging with Kafka, and ours under <c>streamsched.</c>
/// </summary>
internal static class Attributes
{
    /// <summary>kafka.</summary>
    public const string MessagingSystem = "messaging.system";

    /// <summary>send, poll or process.</summary>
    public const string OperationName = "messaging.operation.name";

    /// <summary>send, receive or process.</summary>
    public const string OperationType = "messaging.operation.type";

    /// <summary>Full name of the topic.</summary>
    public const string Destination = "messaging.destination.name";

    /// <summary>Partition, as text.</summary>
    public const string Partition = "messaging.destination.partition.id";

    /// <summary>Offset of the record.</summary>
    public const string Offset = "messaging.kafka.offset";

    /// <summary>Full name of the consumer group.</summary>
    public const string Group = "messaging.consumer.group.name";

    /// <summary>The request's id.</summary>
    public const string MessageId = "messaging.message.id";

    /// <summary>Bytes of the record's value.</summary>
    public const string BodySize = "messaging.message.body.size";

    /// <summary>Why something failed.</summary>
    public const string ErrorType = "error.type";

    /// <summary>A device's id.</summary>
    public const string Device = "streamsched.device";

    /// <summary>What is asked.</summary>
    public const string Task = "streamsched.task";

    /// <summary>A scheduler's id.</summary>
    public const string Scheduler = "streamsched.scheduler";

    /// <summary>Id of the learner.</summary>
    public const string Learner = "streamsched.learner";

    /// <summary>A worker's id.</summary>
    public const string Worker = "streamsched.worker";

    /// <summary>A processor's id within its worker.</summary>
    public const string Processor = "streamsched.processor";

    /// <summary>A model variant.</summary>
    public const string Variant = "streamsched.variant";

    /// <summary>The policy that chose.</summary>
    public const string Policy = "streamsched.policy";

    /// <summary>placed or rejected; on_time, late or not_ok.</summary>
    public const string Outcome = "streamsched.outcome";

    /// <summary>Status of a result.</summary>
    public const string Status = "streamsched.status";

    /// <summary>Why not OK.</summary>
    public const string Reason = "streamsched.reason";

    /// <summary>Code of a condition that an operator must know.</summary>
    public const string Condition = "streamsched.condition";

    /// <summary>estimate, lower or upper: of an interval.</summary>
    public const string Bound = "streamsched.bound";

    /// <summary>Whether a scheduler serves what the roll-out says.</summary>
    public const string Follows = "streamsched.follows";

    /// <summary>Which placement of the request, from 1.</summary>
    public const string Attempt = "streamsched.attempt";
}
