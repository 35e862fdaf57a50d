using System.Diagnostics;
using StreamSched.Avro.Records;

namespace StreamSched.Client;

/// <summary>A request that has no answer yet.</summary>
internal sealed class OutstandingRequest
{
    public required InferenceRequest Request { get; init; }

    public required byte[] Device { get; init; }

    public required int Partition { get; init; }

    /// <summary>For <c>DeliveryHandler</c>.</summary>
    public required long Token { get; init; }

    /// <summary>Timestamp of the injected clock.</summary>
    public required long Published { get; init; }

    /// <summary>How much of the latency was over when it was published.</summary>
    public required TimeSpan Age { get; init; }

    public object? State { get; init; }

    /// <summary>Null: the answer goes to those who read all answers.</summary>
    public TaskCompletionSource<Answer>? Completion { get; init; }

    public Activity? Activity { get; set; }

    /// <summary>Whether the brokers have confirmed it.</summary>
    public bool IsStored { get; set; }

    /// <summary>Set under the client's lock by whoever ends it.</summary>
    public bool HasEnded { get; set; }
}
