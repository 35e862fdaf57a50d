using StreamSched.Avro.Records;

namespace StreamSched.Administration;

/// <summary>A scheduler as an operator sees it, by its records in <c>load</c> and <c>decisions</c>.</summary>
/// <param name="Id">Its name in records.</param>
/// <param name="Incarnation">Its incarnation.</param>
/// <param name="Share">Partitions of requests that it has, over all.</param>
/// <param name="Age">How old its last report is.</param>
/// <param name="Policy">The policy of its last decision; null: none was found among the recent ones.</param>
/// <param name="PolicyVersion">That policy's version.</param>
/// <param name="Conditions">What it says an operator must know.</param>
internal sealed record SchedulerSummary(
    string Id, long Incarnation, float Share, TimeSpan Age, string? Policy, int? PolicyVersion, IReadOnlyList<LoadCondition> Conditions)
{
    // A lone scheduler reports once a second.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    /// <summary>Whether it is taken to be there.</summary>
    public bool IsLive => Age < LongestSilence;
}
