using StreamSched.Core.Prediction;

namespace StreamSched.Core.Policies.Learned;

/// <summary>
/// Device, request and placement as a bandit sees them: the numbers of <see cref="FeatureEncoder"/> as ratios, since a linear model cannot divide, with the
/// expected answer among them. All are about one in size, so that one ridge suits all.
/// </summary>
internal static class ArmFeatures
{
    /// <summary>Version of this layout.</summary>
    public const int Layout = 1;

    /// <summary>Length of the features.</summary>
    public const int Count = 14;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "one", "answer", "on time", "answer on time", "slack/deadline", "waiting/deadline", "run/deadline", "network/deadline", "price/weight", "joules",
        "deviation/deadline", "minAccuracy", "log deadline", "answer * waiting/deadline",
    ];

    /// <summary>Features of the feasible candidates.</summary>
    /// <param name="context">Request and candidates.</param>
    /// <param name="rows">Their numbers.</param>
    /// <param name="features">[rows, <see cref="Count"/>].</param>
    public static void Encode(in DecisionContext context, FeasibleRows rows, Span<float> features)
    {
        Candidates c = context.Candidates;
        Span<float> asked = stackalloc float[FeatureEncoder.ContextFields], arm = stackalloc float[FeatureEncoder.Fields];
        FeatureEncoder.EncodeContext(context.Request, c, asked);
        float deadline = asked[1], weight = Math.Max(1e-6f, asked[3]);
        for (int i = 0; i < c.Count; i++)
        {
            if (rows[i] < 0) continue;
            FeatureEncoder.Encode(c, i, arm);
            (float waiting, float processorTime, float batchTime, float network, float slack, float deviation, float accuracy) =
                (arm[0], arm[1], arm[2], arm[3] + arm[4], arm[5], arm[6], arm[7]);
            float answer = context.Value.Answer(accuracy, 1), onTime = OnTimeModel.Probability(slack, deviation);
            Span<float> x = features.Slice(rows[i] * Count, Count);
            x[0] = 1;
            x[1] = answer;
            x[2] = onTime;
            x[3] = answer * onTime;
            x[4] = Ratio(slack, deadline);
            x[5] = Ratio(waiting, deadline);
            x[6] = Ratio(batchTime, deadline);
            x[7] = Ratio(network, deadline);
            x[8] = Ratio(arm[10], weight);
            x[9] = Ratio(processorTime * arm[8], 1);
            x[10] = Ratio(deviation, deadline);
            x[11] = asked[2];
            x[12] = Ratio(MathF.Log(deadline / 0.1f), 3);
            x[13] = answer * Ratio(waiting, deadline);
        }
    }

    private static float Ratio(float value, float of) => Math.Clamp(value / of, -2, 2);
}
