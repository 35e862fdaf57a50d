using System.Globalization;

namespace StreamSched.Administration;

/// <summary>Numbers with units as people read them.</summary>
internal static class Quantity
{
    /// <summary>A duration with three digits: 4.2 ms, 12 s, 3 min, 2 h.</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 1e-3 => Text(time.TotalMicroseconds, "µs"),
        < 1 => Text(time.TotalMilliseconds, "ms"),
        < 120 => Text(time.TotalSeconds, "s"),
        < 7200 => Text(time.TotalMinutes, "min"),
        _ => Text(time.TotalHours, "h"),
    };

    /// <summary>A number of bytes: 784 B, 12.3 kB.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => Text(bytes / 1e3, "kB"),
        _ => Text(bytes / 1e6, "MB"),
    };

    /// <summary>A number with a unit, with three digits.</summary>
    public static string Text(double value, string unit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(Math.Abs(value) < 9.995 ? Math.Round(value, 2) : Math.Abs(value) < 99.95 ? Math.Round(value, 1) : Math.Round(value)):0.##} {unit}");

    /// <summary>An instant in UTC, to the millisecond.</summary>
    public static string Instant(long millis) =>
        DateTimeOffset.FromUnixTimeMilliseconds(millis).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
