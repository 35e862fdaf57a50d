using StreamSched.Avro.Records;

namespace StreamSched.Administration;

/// <summary>A scheduler as an operator sees it, by its records in <c>load</c>.</summary>
/// <param name="Id">Its name in records.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Share">Partitions of requests that it has, over all.</param>
/// <param name="Age">How old its last report is.</param>
/// <param name="Policy">The policy in force there; null: it does not tell.</param>
/// <param name="PolicyVersion">That policy's version; 0: it is of the scheduler's own options.</param>
/// <param name="Digest">What names that version for good; null: it does not tell.</param>
/// <param name="Conditions">What it says an operator must know.</param>
internal sealed record SchedulerSummary(
    string Id, long Incarnation, float Share, TimeSpan Age, string? Policy, int PolicyVersion, byte[]? Digest, IReadOnlyList<LoadCondition> Conditions)
{
    // A lone scheduler reports once a second.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    /// <summary>Its policy in words.</summary>
    public string PolicyText => Policy is null ? "does not tell" : FormattableString.Invariant($"{Policy} v{PolicyVersion}");

    /// <summary>Whether it is taken to be there.</summary>
    public bool IsLive => Age < LongestSilence;
}
