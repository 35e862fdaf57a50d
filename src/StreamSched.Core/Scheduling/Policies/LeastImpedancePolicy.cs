using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Scheduling.Policies;

/// <summary>ASET's <c>least-impedance</c>: the smallest network round trip (mean plus two deviations) plus run time, whatever waits (arXiv 2301.13618).</summary>
internal sealed class LeastImpedancePolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.LeastImpedance;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> networkOut = c.NetworkOut, networkBack = c.NetworkBack, run = c.Run;
        for (int i = 0; i < score.Length; i++) score[i] = c.Jitter(i); // by site; the rest is the same for all columns
        for (int i = 0; i < score.Length; i += 8)
        {
            Vector256<float> impedance = Load(networkOut, i) + Load(networkBack, i) + (2 * Load(score, i)) + Load(run, i);
            (-impedance).StoreUnsafe(ref MemoryMarshal.GetReference(score), (nuint)i);
        }

        return new Choice(Ranking.Best(c));
    }

    private static Vector256<float> Load(ReadOnlySpan<float> column, int i) => Vector256.LoadUnsafe(in MemoryMarshal.GetReference(column), (nuint)i);
}
