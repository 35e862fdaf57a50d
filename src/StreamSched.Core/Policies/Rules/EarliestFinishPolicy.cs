
namespace StreamSched.Core.Policies.Rules;

/// <summary>The earliest predicted completion: network, waiting and service.</summary>
internal sealed class EarliestFinishPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.EarliestFinish;

    public Choice Choose(ref DecisionContext context)
    {
        context.Candidates.Slack.CopyTo(context.Candidates.Score);
        return new Choice(Ranking.Best(context.Candidates));
    }
}
