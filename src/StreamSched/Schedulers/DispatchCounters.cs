using StreamSched.Core.Requests;

namespace StreamSched.Schedulers;

/// <summary>What a dispatcher has counted since it started. Written by its thread; readers on others may see a count that is a moment old.</summary>
internal sealed class DispatchCounters
{
    private PolicyCount[] _byPolicy = []; // replaced when one is added: others read it
    private readonly long[] _rejected = new long[Enum.GetValues<RejectReason>().Length];

    /// <summary>Decisions by policy, in the order in which policies were first used.</summary>
    public IReadOnlyList<PolicyCount> ByPolicy => Volatile.Read(ref _byPolicy);

    /// <summary>Requests read.</summary>
    public long Requests { get; internal set; }

    /// <summary>Requests placed on a worker for the first time.</summary>
    public long Placed { get; internal set; }

    /// <summary>Requests sent again.</summary>
    public long SentAgain { get; internal set; }

    /// <summary>Work items that were not stored.</summary>
    public long NotSent { get; internal set; }

    /// <summary>Requests that were written to the end of their partition once more, because they stay open for long.</summary>
    public long Carried { get; internal set; }

    /// <summary>Answers of this scheduler's own that were written again, since they did not come back from the log.</summary>
    public long NotReadBack { get; internal set; }

    /// <summary>Requests refused for what they contain.</summary>
    public long Invalid { get; internal set; }

    /// <summary>Requests that could not be read, for the dead letters.</summary>
    public long Unreadable { get; internal set; }

    /// <summary>Repeated ids, and requests found answered.</summary>
    public long Repeated { get; internal set; }

    /// <summary>Requests answered EXPIRED by this scheduler.</summary>
    public long Expired { get; internal set; }

    /// <summary>First answers read back: OK and in time by the writer's estimate.</summary>
    public long OnTime { get; internal set; }

    /// <summary>First answers read back: OK but late.</summary>
    public long Late { get; internal set; }

    /// <summary>First answers read back that are not OK.</summary>
    public long NotOk { get; internal set; }

    /// <summary>Later answers to an answered request.</summary>
    public long Duplicates { get; internal set; }

    /// <summary>Results that could not be read.</summary>
    public long UnreadableResults { get; internal set; }

    /// <summary>Requests rejected for a reason.</summary>
    /// <param name="reason">The reason.</param>
    public long Rejected(RejectReason reason) => Volatile.Read(ref _rejected[(int)reason]);

    internal void CountDecision(string policy, bool placed)
    {
        foreach (PolicyCount known in _byPolicy)
        {
            if (known.Policy != policy) continue;
            if (placed) known.Placed++;
            else known.Rejected++;
            return;
        }

        Volatile.Write(ref _byPolicy, [.. _byPolicy, new PolicyCount(policy)]);
        CountDecision(policy, placed);
    }

    internal void CountRejected(RejectReason reason) => _rejected[(int)reason]++;
}
