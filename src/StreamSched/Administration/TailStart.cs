using System.Globalization;
using StreamSched.Hosting;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;

namespace StreamSched.Administration;

/// <summary>Where reading a topic begins: <c>earliest</c>, <c>latest</c>, an offset, or so long ago.</summary>
/// <param name="Offset">First offset; <see cref="Earliest"/>, <see cref="Latest"/>; null: by time.</param>
/// <param name="Ago">How long ago; null: by offset.</param>
internal sealed record TailStart(long? Offset, TimeSpan? Ago)
{
    private const long Earliest = -2;
    private const long Latest = -1;

    /// <summary>Reads it from an option.</summary>
    /// <exception cref="UsageException">It is none of the forms.</exception>
    public static TailStart Parse(string text)
    {
        if (text == "earliest") return new TailStart(Earliest, null);
        if (text == "latest") return new TailStart(Latest, null);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset)) return new TailStart(offset, null);
        if (DurationText.TryParse(text, out TimeSpan ago)) return new TailStart(null, ago);
        throw new UsageException($"--from: '{text}' is neither earliest, latest, an offset such as 1200, nor a time such as 30s, 10m, 2h or 1d");
    }

    /// <summary>Begins to read a partition there.</summary>
    public void Follow(TopicReader reader, string topic, int partition, DateTimeOffset now)
    {
        long from = Ago is { } ago ? reader.OffsetAt(topic, partition, now - ago) : Offset!.Value;
        reader.Follow(topic, partition, from == Latest ? reader.Ends(topic, partition).High : from == Earliest ? 0 : from);
    }
}
