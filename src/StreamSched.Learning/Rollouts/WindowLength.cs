using StreamSched.Core.Rollouts;

namespace StreamSched.Learning.Rollouts;

/// <summary>
/// Lengths of windows. Burn-in b = max(0.5 s, 4 × the autocorrelation time of the backlog + 2 × the clocks' skew), so that queues have forgotten the former
/// arm. Tail: the longest deadline, so that a request that counts is over before its window is. Window L = max(2 s, 8 b), so that little is lost, and where
/// deadlines are long 2 (b + tail), so that half of each window counts. L is rounded up to 2 s times a power of two, so small changes keep it as it is.
/// </summary>
/// <param name="Length">L, µs.</param>
/// <param name="BurnIn">b, µs.</param>
/// <param name="Tail">µs.</param>
internal readonly record struct WindowLength(long Length, long BurnIn, long Tail)
{
    private const long Longest = 86_400_000_000;
    private const double Outgrown = 1.5;

    /// <summary>The lengths that follow from conditions.</summary>
    /// <param name="settings">The shortest ones.</param>
    /// <param name="conditions">What is known of the cluster.</param>
    public static WindowLength For(RolloutSettings settings, in RolloutConditions conditions)
    {
        long forgotten = (4 * Micros(conditions.AutocorrelationTime)) + (2 * Micros(conditions.ClockSkew));
        long burnIn = Math.Clamp(forgotten, Micros(settings.ShortestBurnIn), Longest / 16);
        long tail = Math.Clamp(Micros(conditions.LongestDeadline), 0, Longest / 8);
        long length = Micros(settings.ShortestWindow);
        while (length < Math.Max(8 * burnIn, 2 * (burnIn + tail))) length *= 2;
        return new WindowLength(length, burnIn, tail);
    }

    /// <summary>Whether a plan's windows are too short by now, or far too long.</summary>
    /// <param name="plan">The plan.</param>
    public bool Contradicts(WindowPlan plan) => Length > plan.Length || 4 * Length <= plan.Length || Tail > Outgrown * plan.Tail;

    /// <summary>A time in microseconds.</summary>
    /// <param name="time">The time.</param>
    public static long Micros(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
