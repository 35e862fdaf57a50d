using System.Diagnostics;
using System.Globalization;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// The one source of spans. A request is one trace: <c>request</c> (device) → <c>schedule</c> (scheduler) → <c>infer</c> (worker) → <c>receive</c> (device),
/// each the parent of the next by the traceparent header of the record between them.
/// </summary>
public static class Tracing
{
    /// <summary>Name of the source and of the meters.</summary>
    public const string Name = "StreamSched";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Says of a span which record it works on, by the semantic conventions for messaging.</summary>
    /// <param name="activity">The span.</param>
    /// <param name="operation">process or receive.</param>
    /// <param name="topic">Full name.</param>
    /// <param name="partition">Partition.</param>
    /// <param name="offset">Offset.</param>
    public static Activity Describe(Activity activity, string operation, string topic, int partition, long offset) => activity
        .SetTag(Attributes.MessagingSystem, "kafka").SetTag(Attributes.OperationName, operation).SetTag(Attributes.OperationType, operation)
        .SetTag(Attributes.Destination, topic).SetTag(Attributes.Partition, partition.ToString(CultureInfo.InvariantCulture)).SetTag(Attributes.Offset, offset);
}
