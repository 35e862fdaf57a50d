using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StreamSched.Core.Policies.Rules;

/// <summary>
/// The farthest candidate that still meets the deadline, so that what is near stays free for the urgent; among equally far ones the earliest to finish.
/// </summary>
internal sealed class DeadlineFarthestPolicy : ISchedulingPolicy
{
    public string Name => PolicyNames.DeadlineFarthest;

    public Choice Choose(ref DecisionContext context)
    {
        Prediction.Candidates c = context.Candidates;
        Span<float> score = c.Score;
        ReadOnlySpan<float> networkOut = c.NetworkOut, networkBack = c.NetworkBack, slack = c.Slack;

        // The mask holds only what meets the deadline. A thousandth of the slack breaks ties of distance.
        for (int i = 0; i < score.Length; i += 8)
        {
            Vector256<float> farthest = Load(networkOut, i) + Load(networkBack, i) + (0.001f * Load(slack, i));
            farthest.StoreUnsafe(ref MemoryMarshal.GetReference(score), (nuint)i);
        }

        return new Choice(Ranking.Best(c));
    }

    private static Vector256<float> Load(ReadOnlySpan<float> column, int i) => Vector256.LoadUnsafe(in MemoryMarshal.GetReference(column), (nuint)i);
}
