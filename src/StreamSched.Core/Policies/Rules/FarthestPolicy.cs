
namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>farthest</c>: argmax d', d' = d + 2σ (arXiv 2301.13618); of equals the earliest to finish.</summary>
internal sealed class FarthestPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.Farthest;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        c.RoundTrips(c.Score);
        return new Choice(Ranking.BestThenEarliest(c));
    }
}
