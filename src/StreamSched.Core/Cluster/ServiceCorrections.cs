namespace StreamSched.Core.Cluster;

/// <summary>What answers have shown about the predictions: how much slower than profiled things are, how far off the network delays and the on-time
/// curve.</summary>
/// <param name="settings">How it is kept.</param>
/// <param name="processors">What is known of each processor.</param>
/// <param name="placements">What is known of each placement.</param>
internal sealed class ServiceCorrections(ViewSettings settings, ProcessorColumns processors, Column<PlacementRow> placements)
{
    // After this long without a result an estimate sinks back towards the profile, with the same time constant.
    private const float ForgetSeconds = 2;

    // How long the two memories of answers that came otherwise than predicted last when none come: an open burst, and a state that stays.
    private const float ResidualSeconds = 1, LastingResidualSeconds = 10;
    private const float ResidualWeight = 0.1f, LastingResidualWeight = 0.01f;

    // How the errors of predictions narrow the on-time curve: weight of one answer, most that one counts for (in σ), how much wider than measured the curve
    // stays, least scale.
    private const float ErrorWeight = 0.05f, MostError = 6, ErrorSafety = 1.7f, LeastErrorScale = 0.1f;

    // Mean square of the error, in σ, where nothing was measured. σ is what may go wrong; to expect all of it wherever nobody looked would mean never to look.
    private const float UnmeasuredErrorSquare = 0.1f;

    // Most that one measured network delay counts for, in seconds.
    private const float NetworkStep = 0.005f;

    // How the service times of all processors together scatter.
    private ServiceSpread _all = new();

    // Where nothing is to be learned from answers the curve stays as assumed.
    private float ErrorSquareUnmeasured => settings.Correction ? UnmeasuredErrorSquare : 1;

    /// <summary>Begins anew.</summary>
    /// <param name="p">A processor that has just come.</param>
    public void Reset(int p) => SetErrorSquare(p, ErrorSquareUnmeasured);

    /// <summary>Learns from an answer how long things take.</summary>
    /// <param name="placement">Who answered.</param>
    /// <param name="measured">What was measured.</param>
    /// <param name="now">When the answer was read, µs.</param>
    /// <returns>Whether predicted processor times follow.</returns>
    public bool Measured(int placement, in Measurement measured, long now)
    {
        ref PlacementRow at = ref placements[placement];
        int p = at.Processor;
        ref ProcessorRow row = ref processors.Rows[p];
        if (measured.ResultDelay >= 0) processors.ResultDelay[p] += 0.05f * (Math.Min(measured.ResultDelay, 1) - processors.ResultDelay[p]);
        if (!float.IsNaN(measured.NetworkError))
        {
            // One hiccup of a second must not make a worker look far away; a lasting change is followed all the same, since the bound grows with it.
            float bound = NetworkStep + (0.5f * Math.Abs(processors.NetworkCorrection[p]));
            processors.NetworkCorrection[p] += 0.05f * Math.Clamp(measured.NetworkError, -bound, bound);
            float far = Math.Min(Math.Abs(measured.NetworkError), NetworkStep + (4 * MathF.Sqrt(row.NetworkVariance)));
            SetNetworkVariance(p, row.NetworkVariance + (0.05f * ((far * far) - row.NetworkVariance)));
        }

        if (measured.Batch < 1 || !(measured.Service > 0)) return false;
        processors.MeanBatch[p] += 0.05f * (measured.Batch - processors.MeanBatch[p]);
        if (!settings.Correction) return false;
        float since = (now - row.LastResult) * 1e-6f;
        row.LastResult = now;
        float expected = at.Service.Seconds(measured.Batch) * (measured.Interference > 0 ? measured.Interference : 1);
        float logRatio = MathF.Log(measured.Service / expected);

        float error = logRatio - row.Estimate.Mean - at.Estimate.Mean, variance = row.Estimate.Variance + at.Estimate.Variance;
        row.Spread.Add(error, variance);
        _all.Add(error, variance);
        float noise = row.Spread.Among(_all).Noise;

        // The processor's own ratio follows at once, since a slow machine is slow for all its variants; what is left is the variant's.
        row.Estimate.Add(logRatio - at.Estimate.Mean, since, noise);
        at.Estimate.Add(logRatio - row.Estimate.Mean, Math.Min(since, 0.01f), noise);
        SetSlowdown(p);
        return true;
    }

    /// <summary>Lets the column of logarithms of how much slower than profiled processors are follow what was learned.</summary>
    /// <param name="p">A processor.</param>
    public void SetSlowdown(int p)
    {
        ref ProcessorRow row = ref processors.Rows[p];
        ServiceSpread spread = row.Spread.Among(_all);
        (processors.LogSlowdown[p], processors.Variation[p]) = (row.Estimate.Mean + MathF.Log(spread.Mean), spread.Variation);
    }

    /// <summary>Learns from how an answer came.</summary>
    /// <param name="placement">Who was to answer.</param>
    /// <param name="onTime">Whether it came in time.</param>
    /// <param name="predicted">Probability that the rule gave it.</param>
    /// <param name="error">By how much it came earlier than predicted, in the σ that was assumed for it.</param>
    public void Outcome(int placement, bool onTime, float predicted, float error)
    {
        ref PlacementRow at = ref placements[placement];
        int p = at.Processor;
        ref ProcessorRow row = ref processors.Rows[p];
        if (settings.Correction)
        {
            error = Math.Clamp(error, -MostError, MostError);
            SetErrorSquare(p, row.ErrorSquare + (ErrorWeight * ((error * error) - row.ErrorSquare)));
        }

        float difference = (onTime ? 1 : 0) - predicted;
        processors.OnTimeResidual[p] += ResidualWeight * (difference - processors.OnTimeResidual[p]);
        processors.LastingOnTimeResidual[p] += LastingResidualWeight * (difference - processors.LastingOnTimeResidual[p]);
    }

    /// <summary>Lets the on-time residuals fade.</summary>
    /// <param name="seconds">Since the last time.</param>
    public void Fade(float seconds)
    {
        float residualLeft = MathF.Exp(-seconds / ResidualSeconds), lastingLeft = MathF.Exp(-seconds / LastingResidualSeconds);
        for (int p = 0; p < processors.Count; p++)
        {
            processors.OnTimeResidual[p] = Math.Abs(processors.OnTimeResidual[p]) < 1e-6f ? 0 : processors.OnTimeResidual[p] * residualLeft;
            processors.LastingOnTimeResidual[p] = Math.Abs(processors.LastingOnTimeResidual[p]) < 1e-6f ? 0 : processors.LastingOnTimeResidual[p] * lastingLeft;
        }
    }

    /// <summary>Lets what was learned sink back where no answers come.</summary>
    /// <param name="p">A processor.</param>
    /// <param name="seconds">Since the last time.</param>
    /// <param name="now">µs.</param>
    /// <returns>Whether predicted processor times follow.</returns>
    public bool Forget(int p, float seconds, long now)
    {
        if (processors.Rows[p].Worker is null || (now - processors.Rows[p].LastResult) * 1e-6f < ForgetSeconds) return false;
        float share = 1 - MathF.Exp(-seconds / ForgetSeconds);
        processors.NetworkCorrection[p] *= 1 - share;
        SetNetworkVariance(p, processors.Rows[p].NetworkVariance * (1 - share));
        SetErrorSquare(p, processors.Rows[p].ErrorSquare + (share * (ErrorSquareUnmeasured - processors.Rows[p].ErrorSquare)));
        if (processors.Rows[p].Estimate.Mean == 0) return false;
        processors.Rows[p].Estimate.Forget(share);
        SetSlowdown(p);
        foreach (int k in processors.Rows[p].Placements) placements[k].Estimate.Forget(share);
        return true;
    }

    /// <summary>The delay there is measured; the delay back is as uncertain, and independent.</summary>
    /// <param name="p">A processor.</param>
    /// <param name="variance">Of the delay there, in seconds squared.</param>
    public void SetNetworkVariance(int p, float variance) =>
        (processors.Rows[p].NetworkVariance, processors.NetworkDeviation[p]) = (variance, MathF.Sqrt(2 * variance));

    // σ is what may go wrong; where answers come as predicted it is less, and never more: that much was foreseen.
    private void SetErrorSquare(int p, float square) =>
        (processors.Rows[p].ErrorSquare, processors.ErrorScale[p]) = (square, Math.Clamp(ErrorSafety * MathF.Sqrt(square), LeastErrorScale, 1));
}
