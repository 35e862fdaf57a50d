using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Confluent.Kafka;

namespace StreamSched.Kafka.Diagnostics;

/// <summary>
/// What every process that talks to Kafka measures, by OpenTelemetry's semantic conventions for messaging. Counts are plain fields that are read when somebody
/// collects: a record costs one addition whether anybody listens or not.
/// </summary>
internal static class MessagingInstruments
{
    /// <summary>Attribute: always kafka.</summary>
    public static readonly KeyValuePair<string, object?> System = new(Attributes.MessagingSystem, "kafka");

    private static readonly ConcurrentDictionary<string, TopicTraffic> Traffic = new(StringComparer.Ordinal);

    private static readonly KeyValuePair<string, object?> Send = new(Attributes.OperationName, "send"), Poll = new(Attributes.OperationName, "poll");
    private static readonly Meter Meter = new(Tracing.Name);

    // Buckets that the conventions advise, and two below them: local brokers store within a millisecond.
    private static readonly Histogram<double> OperationDuration = Meter.CreateHistogram(
        "messaging.client.operation.duration", "s", "Until a record was stored, of a sample of the records.", null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        });

    private static readonly Counter<long> Lost = Meter.CreateCounter<long>(
        "streamsched.log.unread", "{record}", "Records that left a log before they were read, by partition.");

    static MessagingInstruments()
    {
        Meter.CreateObservableCounter(
            "messaging.client.sent.messages", () => Traffic.SelectMany(t => Sent(t.Key, t.Value)), "{message}",
            "Records handed to the client; with error.type: not stored.");
        Meter.CreateObservableCounter(
            "messaging.client.consumed.messages",
            () => Traffic.Where(t => t.Value.Consumed > 0).Select(t => new Measurement<long>(t.Value.Consumed, System, Poll, Destination(t.Key))),
            "{message}", "Records read.");
    }

    /// <summary>Whether anybody listens to durations.</summary>
    public static bool TimesOperations => OperationDuration.Enabled;

    /// <summary>The topics that have counts.</summary>
    public static ICollection<string> Counted => Traffic.Keys;

    /// <summary>The counts of a topic.</summary>
    /// <param name="topic">Full name.</param>
    public static TopicTraffic Of(string topic)
    {
        lock (Traffic)
        {
            TopicTraffic traffic = Traffic.GetOrAdd(topic, static _ => new TopicTraffic());
            traffic.Users++;
            return traffic;
        }
    }

    /// <summary>Ends what one <see cref="Of"/> began: topics come and go with workers' ids, and what nobody uses any more is not told for ever.</summary>
    /// <param name="topic">Full name.</param>
    public static void Release(string topic)
    {
        lock (Traffic)
            if (Traffic.TryGetValue(topic, out TopicTraffic? traffic) && --traffic.Users == 0) Traffic.TryRemove(topic, out _);
    }

    /// <summary>Counts records that left a log before they were read.</summary>
    public static void CountLost(TopicPartition place, long count) =>
        Lost.Add(count, System, Destination(place.Topic), new(Attributes.Partition, place.Partition.Value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Takes note of how long a record took to be stored, or to fail.</summary>
    public static void Stored(string topic, TimeSpan duration, string? error)
    {
        if (error is null) OperationDuration.Record(duration.TotalSeconds, System, Send, Destination(topic));
        else OperationDuration.Record(duration.TotalSeconds, [System, Send, Destination(topic), new(Attributes.ErrorType, error)]);
    }

    private static KeyValuePair<string, object?> Destination(string topic) => new(Attributes.Destination, topic);

    private static IEnumerable<Measurement<long>> Sent(string topic, TopicTraffic traffic)
    {
        if (traffic.Sent > 0) yield return new Measurement<long>(traffic.Sent - traffic.Failed, System, Send, Destination(topic));
        if (traffic.Failed > 0) yield return new Measurement<long>(traffic.Failed, System, Send, Destination(topic), new(Attributes.ErrorType, "_OTHER"));
    }
}
