using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Scheduling.Policies;

/// <summary>
/// The price rule: the placement whose expected value less the price of what it uses is highest; none if none is worth it. Bid prices of the assignment
/// problem's dual (Talluri and van Ryzin 1998; Balseiro, Lu, Mirrokni 2020), with virtual queues (Neely 2010).
/// </summary>
/// <param name="parameters">θ and T.</param>
internal sealed class PricePolicy(PriceParameters parameters) : ISchedulingPolicy
{
    public string Name => PolicyNames.Price;

    public Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        ValueWeights value = context.Value;
        float weight = context.Request.Weight, accuracyShare = weight * value.Accuracy;
        Vector256<float> constant = Vector256.Create(weight * (1 - value.Accuracy));
        Span<float> score = c.Score;
        if (value.Money != 0)
            for (int i = 0; i < c.Count; i++) score[i] = c.Money(i);
        for (int i = 0; i < score.Length; i += 8)
        {
            Vector256<float> worth = constant + (Load(c.Accuracy, i) * accuracyShare);
            Vector256<float> onTime = OnTimeModel.Probability(Load(c.Slack, i), Load(c.Deviation, i));
            Vector256<float> net = worth * onTime;
            if (value.HasCosts)
            {
                Vector256<float> use = Load(c.Use, i);
                net -= use * Load(c.Watts, i) * value.Energy;
                if (value.Money != 0) net -= Load(score, i) * value.Money;
                net -= Load(c.Completion, i) * (value.Latency / context.Request.Deadline);
            }

            (net - Load(c.Price, i)).StoreUnsafe(ref MemoryMarshal.GetReference(score), (nuint)i);
        }

        context.RejectScore = parameters.RejectScore;
        return Ranking.Softmax(ref context, parameters.Temperature, parameters.RejectScore);
    }

    private static Vector256<float> Load(ReadOnlySpan<float> column, int i) => Vector256.LoadUnsafe(in MemoryMarshal.GetReference(column), (nuint)i);
}
