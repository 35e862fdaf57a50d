using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>cheaper</c>: argmax 2d' + D_v, since what is far and slow is cheap (arXiv 2301.13618); of equals the earliest to finish.</summary>
internal sealed class CheaperPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.Cheaper;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        c.RoundTrips(c.Score);
        Columns.Add(c.Score, c.Solo);
        return new Choice(Ranking.BestThenEarliest(c));
    }
}
