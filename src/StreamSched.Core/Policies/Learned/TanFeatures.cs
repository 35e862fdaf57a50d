using StreamSched.Core.Policies.Rules;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// What a choice of model size sees: how long ago the last request came, and what the smallest and the largest model would mean now. The state of the load is
/// not in it: one gap says little about a rate, many do.
/// </summary>
internal static class TanFeatures
{
    /// <summary>Version of this layout.</summary>
    public const int Layout = 1;

    /// <summary>Sizes to choose from, and their indices.</summary>
    public const int Sizes = 2, Small = 0, Large = 1;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "gap/remaining", "log remaining", "small waiting/remaining", "small use/remaining", "small slack/remaining", "large waiting/remaining",
        "large use/remaining", "large slack/remaining", "accuracy gained",
    ];

    /// <summary>Features, and the earliest placement of each size.</summary>
    /// <param name="request">The request.</param>
    /// <param name="c">Its candidates.</param>
    /// <param name="gap">Seconds since the last request.</param>
    /// <param name="features">[<see cref="Names"/>].</param>
    /// <param name="earliest">[<see cref="Sizes"/>]: index of a feasible candidate; -1: there is none.</param>
    public static void Encode(in Request request, Candidates c, float gap, Span<float> features, Span<int> earliest)
    {
        (float small, float large) = (ModelSize.Smallest(c, request.MinAccuracy), ModelSize.Largest(c, request.MinAccuracy));
        earliest.Fill(-1);
        Span<int> quickest = [-1, -1];
        for (int i = 0; i < c.Count; i++)
        {
            int size = c.RegisteredAccuracy[i] == small ? Small : c.RegisteredAccuracy[i] == large ? Large : -1;
            if (size < 0) continue;
            if (quickest[size] < 0 || c.Slack[i] > c.Slack[quickest[size]]) quickest[size] = i;
            if (c.Mask[i] != 0 && (earliest[size] < 0 || c.Slack[i] > c.Slack[earliest[size]])) earliest[size] = i;
        }

        float remaining = Math.Max(1e-3f, c.Remaining);
        features[0] = Math.Min(gap / remaining, 2);
        features[1] = MathF.Log(remaining / 0.1f) / 2;
        for (int size = 0; size < Sizes; size++)
        {
            // Infinitely late where there is none.
            int i = quickest[size], at = 2 + (3 * size);
            features[at] = i < 0 ? 2 : Bounded(c.Waiting[i] / remaining);
            features[at + 1] = i < 0 ? 2 : Bounded(c.ProcessorTime[i] / remaining);
            features[at + 2] = i < 0 ? -2 : Bounded(c.Slack[i] / remaining);
        }

        features[8] = 4 * (large - small);
    }

    private static float Bounded(float ratio) => float.IsNaN(ratio) ? 0 : Math.Clamp(ratio, -2, 2);
}
