namespace StreamSched.Avro;

/// <summary>Instants as records hold them.</summary>
public static class UnixTime
{
    /// <summary>Microseconds since 1970-01-01 UTC, as <see cref="DateTimeOffset.ToUnixTimeMilliseconds"/> gives milliseconds.</summary>
    /// <param name="instant">The instant.</param>
    public static long ToUnixTimeMicroseconds(this DateTimeOffset instant) => (instant - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
