using StreamSched.Core.Scheduling;

namespace StreamSched.Schedulers;

/// <summary>What became of a request when it was taken in.</summary>
internal readonly struct Admission
{
    /// <summary>Why it cannot be read; null: it can.</summary>
    public string? Problem { get; init; }

    /// <summary>The request's id; empty where it cannot be read or was taken in before.</summary>
    public Guid Id { get; init; }

    /// <summary>Where it stands now.</summary>
    public RequestState State { get; init; }

    /// <summary>The worker that it was sent to; null: none.</summary>
    public string? Worker { get; init; }
}
