using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>least-impedance</c>: argmin 2d' + D_v, whatever waits (arXiv 2301.13618); of equals the earliest to finish.</summary>
internal sealed class LeastImpedancePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LeastImpedance;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        c.RoundTrips(c.Score);
        Columns.Add(c.Score, c.Solo);
        return new Choice(Ranking.LeastThenEarliest(c));
    }
}
