namespace StreamSched.Core.Serving;

/// <summary>
/// Running estimate of what batches of one variant take on a processor, over what its table says. A worker expires requests and forms batches by it: a
/// profile may be wrong, and a machine may slow down.
/// </summary>
/// <remarks>
/// It is the mean, and not a quick case: on a processor with a queue the time that goes to a request which may still be lucky is taken from one that would be
/// in time. The profile stands as long as measurements do not contradict it, since an estimate that wanders about the truth is worse than a profile that is
/// right. How fast the estimate follows depends on how much batches scatter, which the difference of one to the next tells: a lasting change shows in a
/// single difference, scatter in all. A batch counts for a limited multiple of the estimate, so one hiccup does little and a lasting change is followed.
/// <para>
/// An estimate that is too long would turn everybody away, so nothing would run and it would stay as it is. Where nothing is measured it therefore sinks back
/// to the profile within seconds; and where that is too long itself, a request is let in from time to time whatever it says.
/// </para>
/// </remarks>
internal struct MeasuredTimes
{
    private const float LeastRatio = 1 / 64f, MostRatio = 64;

    // Weight of a measurement: as much as keeps the standard error of the mean at 8 %, within bounds.
    private const float WantedError = 0.08f, LeastWeight = 1 / 64f, MostWeight = 0.25f;

    // After silence a measurement weighs more: little is known from before.
    private const float SilenceFactor = 4, MostWeightAfterSilence = 0.5f;

    // What is assumed of the scatter until it was seen: a few batches at either end of a wide one must not count as a wrong profile.
    private const float AssumedScatter = 0.3f, ScatterWeight = 1 / 16f, MostDifference = 3;

    // Most that a measurement counts for, in means, however little they scatter; and in deviations beyond the mean.
    private const float MostCounted = 2, MostDeviations = 4;

    // Mean absolute difference of two measurements over their standard deviation, where they are independent and normal.
    private const float DifferenceOfDeviation = 1.128f;

    // After so long without a measurement an estimate above the profile sinks back, with this time constant; µs.
    private const long SilentMicros = 1_000_000;
    private const float FadeMicros = 2_000_000;

    // A trial is due after so long without a measurement, and after so many batch times: then it costs a five-hundredth of the processor at most.
    private const long TrialMicros = 5_000_000;
    private const int TrialBatches = 500;
    private readonly long _trialMicros;
    private float _ratio;
    private float _mean;
    private float _scatter;
    private float _last;
    private long _measuredAt;

    /// <summary>Begins with what the table says, as if that had just been measured.</summary>
    /// <param name="table">Measured times.</param>
    /// <param name="now">µs.</param>
    public MeasuredTimes(ServiceTable table, long now)
    {
        (_ratio, _mean, _last, _scatter, _measuredAt) = (1, 1, 1, AssumedScatter, now);
        _trialMicros = Math.Max(TrialMicros, (long)(TrialBatches * table.Seconds(1) * 1e6f));
    }

    /// <summary>Measured over registered time; 1 as long as measurements agree with that.</summary>
    /// <param name="now">µs.</param>
    public readonly float Ratio(long now) => Faded(_ratio, now);

    /// <summary>Whether a request is let in although the estimate says that it will be late.</summary>
    /// <param name="now">µs.</param>
    public readonly bool IsTrialDue(long now) => now - _measuredAt > _trialMicros;

    /// <summary>Takes a measurement.</summary>
    /// <param name="ratio">Measured over registered time of a batch.</param>
    /// <param name="now">When it ended, µs.</param>
    public void Add(float ratio, long now)
    {
        if (!(ratio > 0) || !float.IsFinite(ratio)) return;
        _mean = Faded(_mean, now);
        float weight = Math.Clamp(2 * WantedError * WantedError / (_scatter * _scatter), LeastWeight, MostWeight);
        if (now - _measuredAt > SilentMicros) weight = Math.Min(SilenceFactor * weight, MostWeightAfterSilence);
        float counted = Math.Min(ratio, _mean * Math.Max(MostCounted, 1 + (MostDeviations * _scatter)));
        float difference = Math.Min(Math.Abs(counted - _last) / (_mean * DifferenceOfDeviation), MostDifference);
        _scatter += ScatterWeight * (difference - _scatter);
        _mean = Math.Clamp(_mean + (weight * (counted - _mean)), LeastRatio, MostRatio);
        (_last, _measuredAt) = (counted, now);

        // Within two standard errors of the profile it is the profile.
        float doubt = 1 + (2 * _scatter * MathF.Sqrt(weight / 2));
        _ratio = _mean > doubt ? _mean / doubt : Math.Min(_mean * doubt, 1);
    }

    private readonly float Faded(float ratio, long now)
    {
        long silent = now - _measuredAt - SilentMicros;
        return ratio <= 1 || silent <= 0 ? ratio : 1 + ((ratio - 1) * MathF.Exp(-silent / FadeMicros));
    }
}
