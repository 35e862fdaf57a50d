using StreamSched.Avro.Records;

namespace StreamSched.Client;

/// <summary>What became of a request.</summary>
public sealed record Answer
{
    /// <summary>The request as it was sent, with its id and its time.</summary>
    public required InferenceRequest Request { get; init; }

    /// <summary>How it ended.</summary>
    public required AnswerStatus Status { get; init; }

    /// <summary>
    /// Why not OK. As the result says; <c>silence</c> or <c>not-confirmed</c> with <see cref="AnswerStatus.NoAnswer"/>; <c>clock</c>, <c>too-large</c>,
    /// <c>unknown-topic</c>, <c>authorization</c> or <c>not-stored</c> with <see cref="AnswerStatus.NotSent"/>.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>For people: what happened and what to change, where the request was not sent or not answered.</summary>
    public string? Detail { get; init; }

    /// <summary>The first result in the log; null if there was none.</summary>
    public InferenceResult? Result { get; init; }

    /// <summary>From the request's <c>created</c> until the device held this.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Whether it is OK and came before the deadline, by the device's own clock.</summary>
    public bool OnTime { get; init; }

    /// <summary>When the device held this, µs since 1970 by the clock that made <c>created</c>.</summary>
    public long Received { get; init; }

    /// <summary>The partition of <c>requests</c> and <c>results</c>.</summary>
    public int Partition { get; init; }

    /// <summary>Offset of the result; -1 if there was none.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>What the sender gave with it.</summary>
    public object? State { get; init; }

    /// <summary>The class that the model named; null if it named none.</summary>
    public int? Label => Result?.Output?.Label;
}
