using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulation.BadCandidates;

/// <summary>Bad candidates of one kind that reached a trial under one load. Candidate less champion in points; intervals are of 95 %, over worlds.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Load">The load.</param>
/// <param name="Count">How many there were.</param>
/// <param name="Truth">All requests under the candidate less all under the champion.</param>
/// <param name="NotWorse">How many are not worse in truth.</param>
/// <param name="Canary">What a canary on a tenth of the requests says.</param>
/// <param name="CanaryFooled">How many the canary takes for better than the champion, of those that are worse in truth.</param>
internal sealed record CandidatesTruth(string Kind, double Load, int Count, Interval Truth, int NotWorse, Interval Canary, int CanaryFooled)
{
    /// <summary>Sums one kind under one load up; null: none reached a trial.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="load">The load.</param>
    /// <param name="days">All worlds.</param>
    public static CandidatesTruth? Of(string kind, double load, IReadOnlyList<CandidateDay> days)
    {
        // The candidates of a world share its random numbers, so the worlds are what is independent.
        CandidateFate[][] tried =
            [.. days.Where(d => d.Load == load).Select(d => d.Fates.Where(f => f.Kind == kind && f.Truth is not null).ToArray()).Where(w => w.Length > 0)];
        CandidateFate[] all = [.. tried.SelectMany(w => w)];
        return all.Length == 0 ? null : new CandidatesTruth(
            kind, load, all.Length, Over(f => f.Truth!.Value), all.Count(f => f.Truth >= 0), Over(f => f.Canary!.Value),
            all.Count(f => f is { Truth: < 0, Canary: > 0 }));

        Interval Over(Func<CandidateFate, double> of) => Statistics.Mean([.. tried.Select(w => w.Average(of))]);
    }
}
