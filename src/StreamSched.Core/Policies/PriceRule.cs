using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

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

    /// <summary>What a placement is worth to a request before its price, but for what it costs in money.</summary>
    /// <param name="request">The request.</param>
    /// <param name="value">What counts.</param>
    /// <param name="parameters">The hazard.</param>
    /// <param name="isCorrected">Whether the policy that is asked corrects the on-time probability.</param>
    internal static NetValue NetValueOf(in Request request, ValueWeights value, PriceParameters parameters, bool isCorrected = false) => new(
        request.Weight * (1 - value.Accuracy), request.Weight * value.Accuracy, parameters.Hazard, value.Energy, value.Latency / request.Deadline, isCorrected);

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
        NetValue net = NetValueOf(context.Request, value, parameters);
        Vector256<float> one = Vector256<float>.One;
        Span<float> score = c.Score, probabilities = c.OnTime;
        if (value.Cost != 0)
            for (int i = 0; i < c.Count; i++) score[i] = c.Cost(i);
        fixed (float* trusted = trust)
        {
            for (int i = 0; i < score.Length; i += Columns.Lanes)
            {
                Vector256<float> slack = Columns.Load(c.Slack, i), width = Columns.Load(c.Width, i), price;
                Vector256<float> factor = trust.IsEmpty ? one : c.ByProcessor(trusted, i);
                Vector256<float> probability = onTime.IsEmpty
                    ? OnTimeModel.Probability(slack, width) : OnTimeModel.Probability(slack, width, Columns.Load(onTime, i) * factor);
                Columns.Store(probability, probabilities, i);
                price = Columns.Load(c.DelayPrice, i);
                if (!delay.IsEmpty) price *= VectorMath.Exp(Columns.Load(delay, i) * factor);
                price = Vector256.Max(Columns.Load(c.CapacityPrice, i), price);
                Vector256<float> worth = net.Of(
                    Columns.Load(c.Accuracy, i), probability, Columns.Load(c.Completion, i), Columns.Load(c.ProcessorTime, i), Columns.Load(c.Watts, i));
                if (value.Cost != 0) worth -= Columns.Load(score, i) * value.Cost;
                Columns.Store(worth - price, score, i);
            }
        }

        context.PredictsOnTime = true;
        context.RejectScore = parameters.RejectScore;
        return Ranking.Softmax(ref context, parameters.Temperature, parameters.RejectScore);
    }
}
