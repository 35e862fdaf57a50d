using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.Kafka.DeadLetters;

/// <summary>
/// Records that nobody can read: written with the original bytes, key and headers and with reason and source in headers of our own, listed, and
/// sent again to where they came from once their reader has been repaired.
/// </summary>
internal static class DeadLetterStore
{
    /// <summary>Header: why.</summary>
    public const string ReasonHeader = "dead-letter-reason";

    /// <summary>Header: full name of the topic that the record was read from.</summary>
    public const string TopicHeader = "dead-letter-topic";

    /// <summary>Header: partition that it was read from, in decimal digits.</summary>
    public const string PartitionHeader = "dead-letter-partition";

    /// <summary>Header: offset that it had there, in decimal digits.</summary>
    public const string OffsetHeader = "dead-letter-offset";

    private static readonly string[] Own = [ReasonHeader, TopicHeader, PartitionHeader, OffsetHeader];

    /// <summary>Hands a record to <c>dead-letters</c>. The source record is finished once the delivery handler hears of <paramref name="token"/>.</summary>
    /// <param name="producer">Who sends it.</param>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="record">The record as it was read, with headers.</param>
    /// <param name="reason">Why it cannot be read, for an operator.</param>
    /// <param name="token">For the delivery handler.</param>
    /// <param name="loggers">Where it is mentioned.</param>
    /// <returns>null, or why it can never be stored: with the headers it is too large. The source record is the only copy then.</returns>
    public static Error? Send(RecordProducer producer, KafkaSettings settings, in ReceivedRecord record, string reason, long token, ILoggerFactory loggers)
    {
        KafkaLog.DeadLetter(loggers.CreateLogger(typeof(DeadLetterStore)), record.Topic, record.Partition, record.Offset, reason);
        var headers = new Headers();
        foreach (var header in record.Headers ?? [])
            if (!Own.Contains(header.Key)) headers.Add(header.Key, header.GetValueBytes());
        headers.Add(ReasonHeader, Encoding.UTF8.GetBytes(reason));
        headers.Add(TopicHeader, Encoding.UTF8.GetBytes(record.Topic));
        headers.Add(PartitionHeader, Encoding.UTF8.GetBytes(record.Partition.ToString(CultureInfo.InvariantCulture)));
        headers.Add(OffsetHeader, Encoding.UTF8.GetBytes(record.Offset.ToString(CultureInfo.InvariantCulture)));
        return producer.Produce(producer.Topic(settings.Topics.DeadLetters), 0, record.Key, record.Value, headers, token, record.IsTombstone);
    }

    /// <summary>The dead letters that there are now, oldest first, read as they are taken: there may be more than memory holds.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="loggers">For what the client says.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="from">The first offset of interest; 0: all.</param>
    /// <param name="silence">How long the brokers may give nothing though there is more.</param>
    /// <param name="cancellation">Ends reading.</param>
    /// <exception cref="KafkaFailureException">The brokers gave nothing for so long.</exception>
    public static IEnumerable<DeadLetter> Read(
        KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, long from, TimeSpan silence, CancellationToken cancellation = default)
    {
        Queue<DeadLetter> page = [];
        using var reader = new TopicReader(settings, loggers, time, settings.Topics.DeadLetters, withHeaders: true);
        foreach (var partition in reader.Partitions(settings, settings.Topics.DeadLetters)) reader.Follow(settings.Topics.DeadLetters, partition, from);
        var heard = time.GetTimestamp();
        while (!reader.HasCaughtUp)
        {
            cancellation.ThrowIfCancellationRequested();
            if (reader.Poll(TimeSpan.FromMilliseconds(100), (in ReceivedRecord record) => page.Enqueue(Read(record)), most: 64) > 0)
                heard = time.GetTimestamp();
            else if (time.GetElapsedTime(heard) > silence)
                throw new KafkaFailureException(
                    KafkaFailureKind.Unreachable, $"{settings.Topics.DeadLetters} gave nothing for {silence.TotalSeconds:0.#} s, though there is more");
            while (page.TryDequeue(out var letter)) yield return letter;
        }
    }

    /// <summary>Every dead letter that there is now, oldest first.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="loggers">For what the client says.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="limit">How long the brokers may give nothing.</param>
    /// <param name="cancellation">Ends reading.</param>
    public static IReadOnlyList<DeadLetter> List(
        KafkaSettings settings, ILoggerFactory loggers, TimeProvider time, TimeSpan limit, CancellationToken cancellation = default) =>
        [.. Read(settings, loggers, time, 0, limit, cancellation)];

    /// <summary>
    /// Sends a dead letter again: same key, value and headers, to the partition it came from, where the device looks for its answer. It stays
    /// in <c>dead-letters</c> until its retention is over.
    /// </summary>
    /// <returns>The new offset.</returns>
    /// <exception cref="KafkaFailureException">It was not stored.</exception>
    public static async Task<long> ReplayAsync(RecordProducer producer, DeadLetter letter, CancellationToken cancellation = default)
    {
        if (letter.Partition < 0)
            throw new KafkaFailureException(
                KafkaFailureKind.Refused, $"dead letter {letter.Offset} does not say where it came from ({TopicHeader}, {PartitionHeader})");
        var (_, offset) = await producer.ProduceAsync(
            producer.Topic(letter.Topic), letter.Partition, letter.Key, letter.Value, letter.Headers, cancellation).ConfigureAwait(false);
        return offset;
    }

    private static DeadLetter Read(in ReceivedRecord record)
    {
        var original = new Headers();
        foreach (var header in record.Headers!)
            if (!Own.Contains(header.Key)) original.Add(header.Key, header.GetValueBytes());
        return new DeadLetter(
            record.Offset,
            Text(record.Headers, ReasonHeader) ?? "",
            Text(record.Headers, TopicHeader) ?? "",
            (int)Number(record.Headers, PartitionHeader),
            Number(record.Headers, OffsetHeader),
            record.TimestampMillis,
            record.Key.IsEmpty ? null : record.Key.ToArray(),
            record.IsTombstone ? null : record.Value.ToArray(),
            original);
    }

    // Anybody can write to the topic: what is missing or no number is shown as such instead of ending the list.
    private static string? Text(Headers headers, string name) =>
        headers.TryGetLastBytes(name, out var bytes) && bytes is not null ? Encoding.UTF8.GetString(bytes) : null;

    private static long Number(Headers headers, string name) =>
        long.TryParse(Text(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= (name == PartitionHeader ? int.MaxValue : long.MaxValue)
            ? number : -1;
}
