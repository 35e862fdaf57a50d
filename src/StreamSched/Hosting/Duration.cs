using StreamSched.Kafka.Settings;

namespace StreamSched.Hosting;

/// <summary>Reads durations of command lines.</summary>
internal static class Duration
{
    /// <summary>Reads one.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="option">By which option, for the message.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan Parse(string text, string option) =>
        DurationText.TryParse(text, out TimeSpan duration) ? duration : throw new UsageException($"{option}: '{text}' is no duration such as 100ms, 2s or 10m");
}
