using System.Runtime.Intrinsics;
using StreamSched.Core.Cluster;
using StreamSched.Core.Requests;

namespace StreamSched.Core.Prediction;

/// <summary>
/// The one place where features are computed: what is recorded, what a network is trained on and what it is served with. Layouts are versioned; a policy file
/// names the one it was trained with. Layout 1 is what was predicted, in seconds and watts, as bandits see it. Layout 3 is what networks see:
/// ratios without a unit, so that one network serves clusters that are ten times faster or slower than those it was trained in.
/// </summary>
public static class FeatureEncoder
{
    /// <summary>The layout of networks.</summary>
    public const int RatioLayout = 3;

    /// <summary>Features per candidate of <see cref="RatioLayout"/>, in the order of <see cref="RatioNames"/>.</summary>
    public const int RatioFields = 24;

    /// <summary>Features per candidate, in the order of <see cref="Names"/>.</summary>
    public const int Fields = 12;

    /// <summary>Features of the request, in the order of <see cref="ContextNames"/>.</summary>
    public const int ContextFields = 5;

    /// <summary>Names of the features per candidate. Seconds, watts, ratios; price in units of value.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["waiting", "use", "run", "networkOut", "networkBack", "slack", "deviation", "accuracy", "watts", "tariffPerSecond", "price", "feasible"];

    /// <summary>Names of the features of the request. Seconds, ratios, bytes.</summary>
    public static IReadOnlyList<string> ContextNames { get; } = ["remaining", "deadline", "minAccuracy", "weight", "payloadBytes"];

    /// <summary>
    /// Names of the features of <see cref="RatioLayout"/>: the rule's logit; slack, batch time, waiting and network over what is left of the deadline; the
    /// network's measured deviation; the fraction of its batch time that is others'; state of the processor (utilisation, queue, arrivals per batch, both
    /// prices, slow-down, residuals, slots); what it does not know of others; means over the feasible candidates; how narrow measured errors make the rule's
    /// curve, and how the processor's times scatter.
    /// </summary>
    public static IReadOnlyList<string> RatioNames { get; } =
    [
        "logit", "slack", "run", "waiting", "network", "networkDeviation", "batchShare", "utilisation", "queue", "arrivalsPerRun", "capacityPrice",
        "delayPrice", "slowdown", "surprise", "lastingSurprise", "runOverDeviation", "slots", "unknown", "meanLogit", "meanUtilisation", "meanCapacityPrice",
        "meanSurprise", "errorScale", "variation",
    ];

    /// <summary>Writes <see cref="Candidates.Ratios"/>: layout 3 of all candidates, feature by feature. Every one is finite and within a few units of
    /// 0.</summary>
    /// <param name="candidates">With predictions.</param>
    /// <param name="view">The view that they were made from, before the decision is counted in.</param>
    public static unsafe void EncodeRatios(Candidates candidates, ClusterView view)
    {
        Span<float> ratios = candidates.Ratios;
        int stride = candidates.Padded;
        Vector256<float> one = Vector256<float>.One, inverse = Vector256.Create(1 / Math.Max(candidates.Remaining, 0.001f));
        FeatureMeans sums = default;
        Vector256<float> unknown = Vector256.Create(view.UnknownRatio / (1 + view.UnknownRatio));
        fixed (float* to = ratios, utilisationOf = view.Utilisation, rateOf = view.ArrivalRate, meanProcessorTimeOf = view.MeanProcessorTime,
            backlogOf = view.BacklogColumn, deviationOf = view.NetworkDeviationColumn, slowdownOf = view.LogSlowdownColumn, residualOf = view.OnTimeResidual,
            lastingOf = view.LastingOnTimeResidual, slotsOf = view.InverseSlotsColumn, scaleOf = view.ErrorScaleColumn, variationOf = view.VariationColumn)
        {
            for (int i = 0; i < stride; i += Columns.Lanes)
            {
                Vector256<float> slack = Columns.Load(candidates.Slack, i), width = Columns.Load(candidates.Width, i),
                    batchTime = Columns.Load(candidates.BatchTime, i);
                Vector256<float> inverseWidth = one / width, inverseSlots = candidates.ByProcessor(slotsOf, i);
                Vector256<float> logit = LogitOf(slack, inverseWidth),
                    utilisation = Within(candidates.ByProcessor(utilisationOf, i), 0, 2);
                Vector256<float> queue = Within(
                    candidates.ByProcessor(backlogOf, i) / (candidates.ByProcessor(meanProcessorTimeOf, i) * inverseSlots), 0, 1e4f);
                Vector256<float> arrivals = Within(candidates.ByProcessor(rateOf, i) * batchTime, 0, 1e4f);
                Vector256<float> capacityPrice = Within(Columns.Load(candidates.CapacityPrice, i), 0, 2), residual = candidates.ByProcessor(residualOf, i);
                float* at = to + i;
                logit.Store(at);
                Within(slack * inverse, -1, 1).Store(at += stride);
                Within(batchTime * inverse, 0, 2).Store(at += stride);
                Within(Columns.Load(candidates.Waiting, i) * inverse, 0, 2).Store(at += stride);
                Within((Columns.Load(candidates.NetworkOut, i) + Columns.Load(candidates.NetworkBack, i)) * inverse, 0, 2).Store(at += stride);
                Within(candidates.ByProcessor(deviationOf, i) * inverse * 10, 0, 2).Store(at += stride);
                Within(one - (Columns.Load(candidates.ProcessorTime, i) / batchTime), 0, 1).Store(at += stride);
                utilisation.Store(at += stride);
                (queue / (Vector256.Create(4f) + queue)).Store(at += stride);
                (arrivals / (one + arrivals)).Store(at += stride);
                capacityPrice.Store(at += stride);
                Within(Columns.Load(candidates.DelayPrice, i), 0, 2).Store(at += stride);
                Within(candidates.ByProcessor(slowdownOf, i), -2, 2).Store(at += stride);
                (residual * 2).Store(at += stride);
                (candidates.ByProcessor(lastingOf, i) * 4).Store(at += stride);
                Within(batchTime * inverseWidth * 0.25f, 0, 2).Store(at += stride);
                inverseSlots.Store(at += stride);
                unknown.Store(at += stride);
                candidates.ByProcessor(scaleOf, i).Store(at += 5 * stride);
                Within(candidates.ByProcessor(variationOf, i), 0, 2).Store(at + stride);
                sums.Add(logit, utilisation, capacityPrice, residual, Columns.Load(candidates.Mask, i));
            }
        }

        FeatureMeans means = candidates.Means ?? sums;
        ratios.Slice(18 * stride, stride).Fill(means.Logit);
        ratios.Slice(19 * stride, stride).Fill(means.Utilisation);
        ratios.Slice(20 * stride, stride).Fill(means.CapacityPrice);
        ratios.Slice(21 * stride, stride).Fill(means.Residual * 2);
        candidates.HasRatios = true;
    }

    /// <summary>Features of one candidate.</summary>
    /// <param name="candidates">With predictions.</param>
    /// <param name="i">Index of the candidate.</param>
    /// <param name="features">[<see cref="Fields"/>].</param>
    public static void Encode(Candidates candidates, int i, Span<float> features)
    {
        features[0] = Finite(candidates.Waiting[i]);
        features[1] = candidates.ProcessorTime[i];
        features[2] = candidates.BatchTime[i];
        features[3] = candidates.NetworkOut[i];
        features[4] = candidates.NetworkBack[i];
        features[5] = Finite(candidates.Slack[i]);
        features[6] = candidates.Deviation[i];
        features[7] = candidates.Accuracy[i];
        features[8] = candidates.Watts[i];
        features[9] = candidates.TariffPerSecond[i];
        features[10] = Finite(candidates.Price(i));
        features[11] = candidates.Mask[i] != 0 ? 1 : 0;
    }

    /// <summary>Features of one candidate in <see cref="RatioLayout"/>.</summary>
    /// <param name="candidates">With ratios.</param>
    /// <param name="i">Index of the candidate.</param>
    /// <param name="features">[<see cref="RatioFields"/>].</param>
    public static void RatiosOf(Candidates candidates, int i, Span<float> features)
    {
        for (int f = 0; f < RatioFields; f++) features[f] = candidates.Ratios[(f * candidates.Padded) + i];
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

    /// <summary>The rule's logit as networks see it.</summary>
    /// <param name="slack">Seconds.</param>
    /// <param name="inverseWidth">Per second.</param>
    internal static Vector256<float> LogitOf(Vector256<float> slack, Vector256<float> inverseWidth) =>
        Within(slack * inverseWidth * OnTimeModel.Steepness, -8, 8) * 0.25f;

    // The native comparisons give their second operand where the first is not a number: the lower bound.
    internal static Vector256<float> Within(Vector256<float> value, float least, float most) =>
        Vector256.MinNative(Vector256.MaxNative(value, Vector256.Create(least)), Vector256.Create(most));

    // A worker that gets no work has an infinite backlog; a network must never see that.
    internal static float Finite(float value) => float.IsNaN(value) ? 0 : Math.Clamp(value, -1e6f, 1e6f);
}
