using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>ASET's <c>load-balancing</c>: argmin load (arXiv 2301.13618). Load is the processor's utilisation in the view, since variants share it; of equals
/// the earliest to finish.</summary>
internal sealed class LoadBalancingPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LoadBalancing;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        c.SpreadByProcessor(context.View.Utilisation, c.Score);
        return new Choice(Ranking.LeastThenEarliest(c));
    }
}
