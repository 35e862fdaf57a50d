using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Simulation.Judges;

/// <summary>The price rule without its prices: what is best for the request itself, whatever it takes from others. Money does not count.</summary>
/// <param name="parameters">The hazard.</param>
internal sealed class GreedyPolicy(PriceParameters parameters) : ISchedulingPolicy
{
    /// <summary>Its name.</summary>
    public const string Kind = "greedy";

    public string Name => Kind;

    public WaitingRule Waiting => PriceRule.Waiting;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        NetValue net = PriceRule.NetValueOf(context.Request, context.Value, parameters);
        Span<float> score = c.Score;
        for (int i = 0; i < score.Length; i += Columns.Lanes)
        {
            Columns.Store(
                net.Of(
                    Columns.Load(c.Accuracy, i), OnTimeModel.Probability(Columns.Load(c.Slack, i), Columns.Load(c.Width, i)),
                    Columns.Load(c.Completion, i), Columns.Load(c.ProcessorTime, i), Columns.Load(c.Watts, i)),
                score, i);
        }

        return new Choice(Ranking.Best(c));
    }
}
