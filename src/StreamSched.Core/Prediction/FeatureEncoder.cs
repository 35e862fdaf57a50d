using StreamSched.Core.Requests;

namespace StreamSched.Core.Prediction;

/// <summary>
/// The one place where features are computed: what is recorded, what a network is trained on and what it is served with. The layout is versioned; a policy
/// file names the one it was trained with.
/// </summary>
public static class FeatureEncoder
{
    /// <summary>Version of the layout.</summary>
    public const int Layout = 1;

    /// <summary>Features per candidate, in the order of <see cref="Names"/>.</summary>
    public const int Fields = 12;

    /// <summary>Features of the request, in the order of <see cref="ContextNames"/>.</summary>
    public const int ContextFields = 5;

    /// <summary>Names of the features per candidate. Seconds, watts, ratios; price in units of value.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["waiting", "use", "run", "networkOut", "networkBack", "slack", "deviation", "accuracy", "watts", "tariffPerSecond", "price", "feasible"];

    /// <summary>Names of the features of the request. Seconds, ratios, bytes.</summary>
    public static IReadOnlyList<string> ContextNames { get; } = ["remaining", "deadline", "minAccuracy", "weight", "payloadBytes"];

    /// <summary>Features of one candidate.</summary>
    /// <param name="candidates">With predictions.</param>
    /// <param name="i">Index of the candidate.</param>
    /// <param name="features">[<see cref="Fields"/>].</param>
    public static void Encode(Candidates candidates, int i, Span<float> features)
    {
        features[0] = Finite(candidates.Waiting[i]);
        features[1] = candidates.Use[i];
        features[2] = candidates.Run[i];
        features[3] = candidates.NetworkOut[i];
        features[4] = candidates.NetworkBack[i];
        features[5] = Finite(candidates.Slack[i]);
        features[6] = candidates.Deviation[i];
        features[7] = candidates.Accuracy[i];
        features[8] = candidates.Watts[i];
        features[9] = candidates.TariffPerSecond[i];
        features[10] = Finite(candidates.Price[i]);
        features[11] = candidates.Mask[i] != 0 ? 1 : 0;
    }

    /// <summary>Features of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidates">Its candidates.</param>
    /// <param name="context">[<see cref="ContextFields"/>].</param>
    public static void EncodeContext(in Request request, Candidates candidates, Span<float> context)
    {
        context[0] = candidates.Remaining;
        context[1] = request.Deadline;
        context[2] = request.MinAccuracy;
        context[3] = request.Weight;
        context[4] = request.PayloadBytes;
    }

    // A worker that gets no work has an infinite backlog; a network must never see that.
    private static float Finite(float value) => float.IsNaN(value) ? 0 : Math.Clamp(value, -1e6f, 1e6f);
}
