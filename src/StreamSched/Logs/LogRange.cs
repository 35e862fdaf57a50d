using System.Globalization;
using StreamSched.Hosting;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Settings;

namespace StreamSched.Logs;

/// <summary>A part of a topic: from where to where.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends; null: where the topic ended when reading began.</param>
internal sealed record LogRange(LogRange.Point From, LogRange.Point? To)
{
    /// <summary>All of a topic.</summary>
    public static LogRange All { get; } = new(new Point(0, null, null), null);

    /// <summary>Whether it is one of time, which means the same in every topic.</summary>
    public bool IsOfTime => From.Offset is null or 0 && To?.Offset is null;

    /// <summary>The same, ending later where it ends before now.</summary>
    /// <param name="more">How much later.</param>
    public LogRange Longer(TimeSpan more) => this with
    {
        To = To switch
        {
            { Ago: { } ago } => ago > more ? To with { Ago = ago - more } : null,
            { At: { } at } => To with { At = at + more },
            _ => To,
        },
    };

    /// <summary>Reads a beginning from an option.</summary>
    /// <param name="text">earliest, an offset, an instant, or so long ago.</param>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static Point ParseFrom(string text) => text == "earliest" ? new Point(0, null, null) : Point.Parse(text, "--from", "earliest");

    /// <summary>Reads an end from an option.</summary>
    /// <param name="text">now, an offset, an instant, or so long ago.</param>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static Point? ParseTo(string text) => text == "now" ? null : Point.Parse(text, "--to", "now");

    /// <summary>A place in a partition.</summary>
    /// <param name="Offset">By offset; null: not so.</param>
    /// <param name="Ago">So long ago; null: not so.</param>
    /// <param name="At">By the time of records; null: not so.</param>
    internal sealed record Point(long? Offset, TimeSpan? Ago, DateTimeOffset? At)
    {
        /// <summary>Reads one.</summary>
        /// <param name="text">What the user gave.</param>
        /// <param name="option">The option.</param>
        /// <param name="word">What may stand there besides.</param>
        /// <exception cref="UsageException">It is no place.</exception>
        public static Point Parse(string text, string option, string word)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset)) return new Point(offset, null, null);
            if (DurationText.TryParse(text, out TimeSpan ago)) return new Point(null, ago, null);
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at))
                return new Point(null, null, at);
            throw new UsageException(
                $"{option}: '{text}' is neither {word}, an offset such as 1200, a time ago such as 30s, 10m, 2h or 1d, nor an instant such as "
                + "2026-12-01T14:00");
        }

        /// <summary>The offset that it stands for.</summary>
        /// <param name="reader">Asks the broker.</param>
        /// <param name="topic">Full name.</param>
        /// <param name="partition">Partition.</param>
        /// <param name="now">What times ago count from.</param>
        public long In(TopicReader reader, string topic, int partition, DateTimeOffset now) =>
            Offset ?? reader.OffsetAt(topic, partition, At ?? now - Ago!.Value);
    }
}
