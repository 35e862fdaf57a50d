using System.Globalization;

namespace StreamSched.Kafka.Settings;

/// <summary>Durations as settings and command lines write them: <c>0.5ms</c>, <c>100ms</c>, <c>2s</c>, <c>10m</c>, <c>1h</c>, <c>1d</c>.</summary>
internal static class DurationText
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>Reads one.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="duration">What it means; not negative, below ten years.</param>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        foreach ((string unit, double milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)
                || !double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount)
                || amount * milliseconds >= 3.2e11) continue;
            duration = TimeSpan.FromMilliseconds(amount * milliseconds);
            return true;
        }

        duration = default;
        return false;
    }
}
