using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Analysis.Estimation;

/// <summary>What the model of outcomes, a ridge regression, sees of a choice: what was predicted of it, and what networks see.</summary>
internal static class OutcomeFeatures
{
    /// <summary>How many numbers.</summary>
    public const int Count = Rejected + 1;

    private const int Own = 11, Rejected = Own + FeatureEncoder.RatioFields;

    /// <summary>Writes those of a rejection.</summary>
    /// <param name="features">[<see cref="Count"/>].</param>
    public static void OfRejection(Span<float> features)
    {
        features.Clear();
        features[Rejected] = 1;
    }

    /// <summary>Writes those of a candidate.</summary>
    /// <param name="replay">Holds the decision.</param>
    /// <param name="i">Index of the candidate.</param>
    /// <param name="features">[<see cref="Count"/>].</param>
    public static void Of(DecisionReplay replay, int i, Span<float> features)
    {
        Candidates c = replay.Candidates;
        Request request = replay.Request;
        float onTime = OnTimeModel.Probability(c.Slack[i], c.Width[i]), deadline = Math.Max(request.Deadline, 1e-3f);
        float answer = replay.Value.Answer(c.Accuracy[i], request.Weight);
        ReadOnlySpan<float> own =
        [
            1, (onTime * answer) - replay.Value.Costs(c.ProcessorTime[i] * c.Watts[i], c.Completion[i] / deadline, c.Cost(i)), onTime, c.Accuracy[i], answer,
            Within(c.Waiting[i] / deadline, 2), Within(c.ProcessorTime[i] / deadline, 2), Within((c.NetworkOut[i] + c.NetworkBack[i]) / deadline, 2),
            Within(c.Slack[i] / deadline, 2), Within(c.CapacityPrice[i], 2), Within(c.DelayPrice[i], 2),
        ];
        for (int f = 0; f < Own; f++) features[f] = float.IsFinite(own[f]) ? own[f] : 0;
        for (int f = 0; f < FeatureEncoder.RatioFields; f++) features[Own + f] = c.HasRatios ? Within(c.Ratios[(f * c.Padded) + i], 8) : 0;
        features[Rejected] = 0;
    }

    /// <summary>Writes the mean over a policy's choices.</summary>
    /// <param name="replay">Holds the decision.</param>
    /// <param name="placed">The policy's probabilities of the candidates.</param>
    /// <param name="rejected">That of a rejection.</param>
    /// <param name="one">Scratch [<see cref="Count"/>].</param>
    /// <param name="mean">[<see cref="Count"/>].</param>
    public static void Mean(DecisionReplay replay, ReadOnlySpan<double> placed, double rejected, Span<float> one, Span<float> mean)
    {
        mean.Clear();
        mean[Rejected] = (float)rejected;
        for (int i = 0; i < placed.Length; i++)
        {
            if (placed[i] == 0) continue;
            Of(replay, i, one);
            for (int f = 0; f < Rejected; f++) mean[f] += (float)placed[i] * one[f];
        }
    }

    private static float Within(float value, float most) => Math.Clamp(value, -most, most);
}
