namespace StreamSched.Learning.Joins;

/// <summary>For how long, and for how many requests at a time, a join waits.</summary>
public sealed record JoinSettings
{
    /// <summary>
    /// After its deadline a request is waited for so much longer, in µs: the grace after which schedulers answer EXPIRED, and what their successors need to
    /// take over, which is also how long a device waits before it gives up.
    /// </summary>
    public long Patience { get; init; } = 12_000_000;

    /// <summary>A decision is waited for no longer than this, whatever its deadline says, in µs.</summary>
    public long LongestWait { get; init; } = 3_660_000_000;

    /// <summary>Feedback corrects what was joined not longer ago than this, in µs.</summary>
    public long RevisionWindow { get; init; } = 600_000_000;

    /// <summary>Most requests that wait for a decision or a result; the one that has waited longest gives way.</summary>
    public int MostOpen { get; init; } = 1 << 20;

    /// <summary>Most joined requests that feedback can still correct; the oldest gives way.</summary>
    public int MostKept { get; init; } = 1 << 20;

    /// <summary>Feedback corrects one request no more often than this.</summary>
    public int MostRevisions { get; init; } = 16;

    /// <summary>Decisions of one request that are kept until its result comes.</summary>
    public int MostAttempts { get; init; } = 8;
}
