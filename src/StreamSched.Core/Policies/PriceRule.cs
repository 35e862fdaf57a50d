using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies;

/// <summary>
/// The price rule: the placement whose expected value less the price of what it uses is highest; none if none is worth it. Bid prices of the assignment
/// problem's dual (Talluri and van Ryzin 1998; Balseiro, Lu, Mirrokni 2020), with virtual queues (Neely 2010). What it assumes (the on-time curve, the price of
/// delay) can be corrected by what was learned.
/// </summary>
public static class PriceRule
{
    /// <summary>How waiting is predicted for it: as workers serve.</summary>
    public const WaitingRule Waiting = WaitingRule.DueBefore;

    /// <summary>Scores all candidates by the rule as it is, and draws.</summary>
    /// <param name="context">The decision.</param>
    /// <param name="parameters">θ and T.</param>
    public static Choice Choose(ref DecisionContext context, PriceParameters parameters) => Choose(ref context, parameters, [], [], []);

    /// <summary>Scores all candidates by the corrected rule, writes the probabilities to the candidates' <see cref="Candidates.OnTime"/>, and draws.</summary>
    /// <param name="context">The decision.</param>
    /// <param name="parameters">θ and T.</param>
    /// <param name="onTime">Added to the logit of the on-time curve, by candidate [<see cref="Candidates.Padded"/>]; empty: the curve as it is.</param>
    /// <param name="delay">Logarithm of a factor on the delay price, by candidate; empty: the price as it is.</param>
    /// <param name="trust">Factor on both, by processor; empty: 1.</param>
    internal static unsafe Choice Choose(
        ref DecisionContext context, PriceParameters parameters, ReadOnlySpan<float> onTime, ReadOnlySpan<float> delay, ReadOnlySpan<float> trust)
    {
        Candidates c = context.Candidates;
        ValueWeights value = context.Value;
        float weight = context.Request.Weight, accuracyShare = weight * value.Accuracy;
        Vector256<float> constant = Vector256.Create(weight * (1 - value.Accuracy)), one = Vector256<float>.One;
        Span<float> score = c.Score, probabilities = c.OnTime;
        if (value.Cost != 0)
            for (int i = 0; i < c.Count; i++) score[i] = c.Cost(i);
        fixed (float* trusted = trust)
        {
            for (int i = 0; i < score.Length; i += Columns.Lanes)
            {
                Vector256<float> worth = constant + (Columns.Load(c.Accuracy, i) * accuracyShare), slack = Columns.Load(c.Slack, i),
                    width = Columns.Load(c.Width, i), price;
                Vector256<float> factor = trust.IsEmpty ? one : c.ByProcessor(trusted, i);
                Vector256<float> probability = onTime.IsEmpty
                    ? OnTimeModel.Probability(slack, width) : OnTimeModel.Probability(slack, width, Columns.Load(onTime, i) * factor);
                Columns.Store(probability, probabilities, i);
                price = Columns.Load(c.DelayPrice, i);
                if (!delay.IsEmpty) price *= VectorMath.Exp(Columns.Load(delay, i) * factor);
                price = Vector256.Max(Columns.Load(c.CapacityPrice, i), price);
                Vector256<float> net = worth * probability * (one - (Columns.Load(c.Completion, i) * parameters.Hazard));
                if (value.HasCosts)
                {
                    net -= Columns.Load(c.ProcessorTime, i) * Columns.Load(c.Watts, i) * value.Energy;
                    if (value.Cost != 0) net -= Columns.Load(score, i) * value.Cost;
                    net -= Columns.Load(c.Completion, i) * (value.Latency / context.Request.Deadline);
                }

                Columns.Store(net - price, score, i);
            }
        }

        context.PredictsOnTime = true;
        context.RejectScore = parameters.RejectScore;
        return Ranking.Softmax(ref context, parameters.Temperature, parameters.RejectScore);
    }
}
