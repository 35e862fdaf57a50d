using StreamSched.Core.Requests;

namespace StreamSched.Kafka.Dispatching;

/// <summary>Where an accepted request stands.</summary>
internal enum PendingState : byte
{
    Free,

    /// <summary>No worker of its task gets work now.</summary>
    WaitingForWorker,

    /// <summary>Sent to a worker.</summary>
    Sent,

    /// <summary>Its time is nearly over or its worker was lost too late: waits out the grace for an answer that may be on its way.</summary>
    Lapsing,

    /// <summary>Its work item was not stored; it is placed anew in a moment.</summary>
    NotSent,

    /// <summary>A terminal answer of our own was sent and has to come back from the log.</summary>
    Answering,
}

/// <summary>An accepted request that has no answer in the log yet.</summary>
internal struct Pending
{
    public RequestKey Key;
    public Request Request;
    public PendingState State;
    public int Partition;
    public long Offset;
    public int Attempt;
    public int Handle;
    public bool Implausible;
    public bool Overdue;    // its answer did not come back

    // When the broker got it, µs since 1970, and the end of the log when its copy was written there last.
    public long Received;
    public long CarriedTo;

    // The framed request as received, then its packed trace context; rented.
    public byte[] Buffer;
    public int MessageLength;
    public int TraceLength;

    // The answer of our own, to be sent again if it does not come back.
    public OwnAnswer Answer;
    public RejectReason Reason;

    public readonly ReadOnlySpan<byte> Message => Buffer.AsSpan(0, MessageLength);

    public readonly ReadOnlySpan<byte> Trace => Buffer.AsSpan(MessageLength, TraceLength);
}

/// <summary>Terminal answers that a scheduler gives itself.</summary>
internal enum OwnAnswer : byte
{
    None,
    Rejected,
    Invalid,
    Expired,
    TooLarge,
}
