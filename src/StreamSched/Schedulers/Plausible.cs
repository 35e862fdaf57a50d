namespace StreamSched.Schedulers;

/// <summary>What an instant in a record may be, seen from here. Clocks that are off by hours are other people's everyday; what lies a day ahead was not
/// written by a clock.</summary>
internal static class Plausible
{
    private const long DayMicros = 86_400_000_000;

    /// <summary>Whether an incarnation can be one. The largest of all would block its id for ever, since later incarnations must have larger ones.</summary>
    /// <param name="incarnation">µs since 1970 at the start of the process, or a little more.</param>
    /// <param name="now">µs since 1970.</param>
    public static bool Incarnation(long incarnation, long now) => incarnation >= 0 && incarnation <= now + DayMicros;
}
