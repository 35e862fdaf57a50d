using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// One step of policy improvement over random splitting: the smallest sum of the request's completion and of what it adds to the delay of those who come after
/// it. With arrivals split at random each processor is an M/G/1 queue, whose relative value of work u is λ u² / 2(1 - ρ) (Krishnan 1990; Hyytiä 2013).
/// </summary>
internal sealed class OneStepImprovementPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.OneStepImprovement;

    public unsafe Choice Choose(ref DecisionContext context)
    {
        Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> completion = c.Completion, processorTimes = c.ProcessorTime;
        fixed (float* backlog = context.View.Backlog, rate = context.View.ArrivalRate, utilisation = context.View.Utilisation)
        {
            for (int i = 0; i < score.Length; i += Columns.Lanes)
            {
                Vector256<float> processorTime = Columns.Load(processorTimes, i);

                // A hopelessly loaded queue has no relative value; what the curve gives at nine tenths is dear enough.
                Vector256<float> room = Vector256<float>.One - Vector256.Min(c.ByProcessor(utilisation, i), Vector256.Create(0.9f));
                Vector256<float> later = c.ByProcessor(rate, i) * processorTime * (c.ByProcessor(backlog, i) + (0.5f * processorTime)) / room;
                Columns.Store(-(Columns.Load(completion, i) + later), score, i);
            }
        }

        return new Choice(Ranking.Best(c));
    }
}
