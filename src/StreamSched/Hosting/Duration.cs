using System.Globalization;

namespace StreamSched.Hosting;

/// <summary>Reads durations of command lines: <c>0.5ms</c>, <c>100ms</c>, <c>2s</c>, <c>10m</c>, <c>1h</c>.</summary>
internal static class Duration
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads one.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="option">By which option, for the message.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan Parse(string text, string option)
    {
        foreach ((string unit, double milliseconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double amount)
                && Math.Abs(amount * milliseconds) < 1e12) return TimeSpan.FromMilliseconds(amount * milliseconds);
        }

        throw new UsageException($"{option}: '{text}' is no duration such as 100ms, 2s or 10m");
    }
}
