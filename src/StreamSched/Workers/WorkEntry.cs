namespace StreamSched.Workers;

/// <summary>A work item that a worker holds: what is needed to answer it, and its payload in a rented buffer.</summary>
internal sealed class WorkEntry
{
    public long Offset { get; init; }

    public Guid Id { get; init; }

    public required byte[] Device { get; init; }

    public required byte[] Task { get; init; }

    public required byte[] Site { get; init; }

    public required byte[] Scheduler { get; init; }

    public byte[] Trace { get; init; } = [];

    public int Partition { get; init; }

    public int Attempt { get; init; }

    public long Created { get; init; }

    public long Deadline { get; init; }

    /// <summary>When the answer must leave, by this worker's clock, µs; <see cref="Deadline"/> is by the scheduler's.</summary>
    public long AnswerBy { get; init; }

    /// <summary>When it was sent, by the scheduler's clock, µs.</summary>
    public long Dispatched { get; init; }

    /// <summary>From dispatch until receipt, µs; at least 1.</summary>
    public long NetworkMicros { get; init; }

    public long Received { get; init; }

    public bool CreatedImplausible { get; init; }

    public required string Variant { get; init; }

    public required Onnx.Inference.InferencePayload Payload { get; init; }

    /// <summary>What the payload lies in, to be given back once the item is answered.</summary>
    public required byte[] Rented { get; init; }

    public System.Diagnostics.ActivityContext TraceParent { get; init; }
}
