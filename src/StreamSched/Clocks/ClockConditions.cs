using System.Globalization;
using StreamSched.Core.Serving;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Clocks;

/// <summary>Tells an operator of clocks that are off.</summary>
internal static class ClockConditions
{
    /// <summary>Raises or ends the condition of a process's own clock.</summary>
    /// <param name="conditions">Of the process.</param>
    /// <param name="subject">Its id.</param>
    /// <param name="ahead">By how much the machine's clock is ahead of the broker's, µs.</param>
    public static void Tell(Conditions conditions, string subject, long ahead)
    {
        if (IsNotable(ahead))
            conditions.Raise("clock-offset", subject, $"the clock of {subject}'s machine is {Text(ahead)} the broker's: it is allowed for; keep it by NTP");
        else conditions.Clear("clock-offset", subject);
    }

    /// <summary>Whether operators are told of an offset.</summary>
    public static bool IsNotable(long micros) => Math.Abs(micros) > ClockDifference.NotableMicros;

    /// <summary>Such as "0.3 s ahead of".</summary>
    public static string Text(long ahead) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(ahead) * 1e-6:0.#} s {(ahead > 0 ? "ahead of" : "behind")}");
}
