namespace StreamSched.Core.Cluster;

/// <summary>
/// Running estimate of the logarithm of measured over predicted service time: a scalar Kalman filter on a random walk. The longer nothing was measured, the
/// less the old value is trusted; a worker that was avoided is believed again after one result.
/// </summary>
internal struct ServiceEstimate
{
    // Variance of the walk per second. What is beyond three standard deviations is an outlier.
    private const float Walk = 0.05f, Outlier = 9;
    private int _outliers;

    /// <summary>Mean of the log ratio; 0: as profiled.</summary>
    public float Mean { get; private set; }

    /// <summary>Variance of the estimate itself.</summary>
    public float Variance { get; private set; }

    /// <summary>Takes a measurement.</summary>
    /// <param name="logRatio">Logarithm of measured over predicted.</param>
    /// <param name="seconds">Time since the last one.</param>
    /// <param name="noise">Variance of one measurement.</param>
    public void Add(float logRatio, float seconds, float noise)
    {
        if (!float.IsFinite(logRatio)) return;
        Variance += Walk * Math.Clamp(seconds, 0, 10);
        float error = logRatio - Mean, most = Outlier * (Variance + noise);

        // Two outliers in a row in the same direction are a change, not noise: trust the measurements until it is followed. One of them counts no more than
        // what is no outlier yet.
        bool outlier = error * error > most;
        int sign = Math.Sign(error);
        _outliers = !outlier ? 0 : _outliers * sign >= 0 ? _outliers + sign : sign;
        if (Math.Abs(_outliers) >= 2) Variance += error * error / 4;
        else if (outlier) error = sign * MathF.Sqrt(most);
        float gain = Variance / (Variance + noise);
        Mean = Math.Clamp(Mean + (gain * error), -4, 4);
        Variance *= 1 - gain;
    }

    /// <summary>Lets the estimate sink back to the profile while nothing is measured, so that an avoided worker is tried again.</summary>
    /// <param name="share">How much of it goes.</param>
    public void Forget(float share) => Mean *= 1 - share;
}
