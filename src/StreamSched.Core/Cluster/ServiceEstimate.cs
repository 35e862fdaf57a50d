namespace StreamSched.Core.Cluster;

/// <summary>
/// Running estimate of the logarithm of measured over predicted service time: a scalar Kalman filter on a random walk, whose measurement noise is estimated
/// too (Mehra 1970, by the innovations). The longer nothing was measured, the less the old value is trusted; a worker that was avoided is believed again after
/// one result.
/// </summary>
internal struct ServiceEstimate
{
    // Variance of the walk per second, and the least of one measurement (about 20 % either way).
    private const float Walk = 0.05f;
    private const float LeastNoise = 0.04f;

    // Weight of one measurement in the estimated noise. What is beyond three standard deviations counts as three, so that a change is not taken for noise.
    private const float NoiseWeight = 0.05f, Outlier = 9;
    private float _variance;
    private float _noiseBeyond;
    private int _outliers;

    /// <summary>Mean of the log ratio; 0: as profiled.</summary>
    public float Mean { get; private set; }

    /// <summary>Variance of one measurement about the mean.</summary>
    public readonly float Noise => LeastNoise + _noiseBeyond;

    /// <summary>Takes a measurement.</summary>
    /// <param name="logRatio">Logarithm of measured over predicted.</param>
    /// <param name="seconds">Time since the last one.</param>
    public void Add(float logRatio, float seconds)
    {
        if (!float.IsFinite(logRatio)) return;
        _variance += Walk * Math.Clamp(seconds, 0, 10);
        float error = logRatio - Mean, noise = Noise, most = Outlier * (_variance + noise);

        // Two residuals in a row in the same direction are a change, not noise: trust the measurements until it is followed.
        bool outlier = error * error > most;
        int sign = Math.Sign(error);
        _outliers = !outlier ? 0 : _outliers * sign >= 0 ? _outliers + sign : sign;
        _noiseBeyond = Math.Max(0, _noiseBeyond + (NoiseWeight * (Math.Min(error * error, most) - _variance - noise)));
        if (Math.Abs(_outliers) >= 2) _variance += error * error / 4;
        float gain = _variance / (_variance + noise);
        Mean = Math.Clamp(Mean + (gain * error), -4, 4);
        _variance *= 1 - gain;
    }

    /// <summary>Lets the estimate sink back to the profile while nothing is measured, so that an avoided worker is tried again.</summary>
    /// <param name="share">How much of it goes.</param>
    public void Forget(float share) => Mean *= 1 - share;
}
