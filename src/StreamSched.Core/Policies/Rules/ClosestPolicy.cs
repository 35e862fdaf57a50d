using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>closest</c>: argmin d', d' = d + 2σ, over variants and clusters (arXiv 2301.13618). Workers of a cluster are equal in it: of equals the
/// earliest to finish.</summary>
internal sealed class ClosestPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.Closest;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        c.RoundTrips(c.Score);
        return new Choice(Ranking.LeastThenEarliest(c));
    }
}
