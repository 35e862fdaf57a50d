namespace StreamSched.Core.Serving;

/// <summary>
/// By how much one clock is ahead of another, from delays that were measured between them both ways, each by both clocks. No delay is below zero, so the
/// difference lies between the return's negative and the outward one. Clocks are believed as long as that allows them to be equal; if not, the middle counts,
/// where both ways take equally long.
/// </summary>
public static class ClockDifference
{
    /// <summary>An offset that operators are told of, µs.</summary>
    public const long NotableMicros = 100_000;

    // Instants further apart are no clocks' difference but garbage; a year, µs.
    private const long MostMicros = 366L * 24 * 3600 * 1_000_000;

    /// <summary>µs by which the clock that reads the outward records is ahead of the one that writes them.</summary>
    /// <param name="outward">Least receipt less dispatch, µs.</param>
    /// <param name="back">The same of the way back, µs; null: not known.</param>
    public static long Of(long outward, long? back)
    {
        if (back is not { } known) return Math.Min(0, outward);
        return outward < 0 || known < 0 ? (outward - known) / 2 : 0;
    }

    /// <summary>What lies between two instants by two clocks, µs; null if it cannot be a difference of clocks.</summary>
    /// <param name="from">µs since 1970.</param>
    /// <param name="to">µs since 1970.</param>
    public static long? Between(long from, long to) => Math.Abs((double)to - from) <= MostMicros ? to - from : null;
}
