using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Kafka.Consuming;

/// <summary>
/// Asks the brokers now and then, beside the polling thread, where the logs that a client reads begin and end, and tells of records that left a log unread:
/// retention or an operator's deletion was quicker than the reader. For one thread.
/// </summary>
/// <param name="ends">Asks for the ends of a partition; called on a pool thread.</param>
/// <param name="period">How often.</param>
/// <param name="conditions">Where a gap is told of.</param>
/// <param name="loggers">For gaps.</param>
/// <param name="time">For the period.</param>
internal sealed class LogWatch(Func<TopicPartition, WatermarkOffsets> ends, TimeSpan period, Conditions conditions, ILoggerFactory loggers, TimeProvider time)
{
    private static readonly TimeSpan ToldFor = TimeSpan.FromMinutes(10);
    private readonly ILogger _logger = loggers.CreateLogger<LogWatch>();
    private readonly List<WatchedLog> _asked = [];
    private long _last = time.GetTimestamp();
    private Task<WatermarkOffsets?[]>? _running;
    private volatile bool _ended;

    /// <summary>Whether <see cref="Look"/> has something to do.</summary>
    public bool IsDue => _running is null ? time.GetElapsedTime(_last) >= period : _running.IsCompleted;

    /// <summary>Takes the answers that have come, and asks again when it is time to.</summary>
    /// <param name="logs">The logs that are read now.</param>
    public void Look(IEnumerable<WatchedLog> logs)
    {
        if (_running is { IsCompleted: true } done) Take(done.Result);
        if (_running is not null || time.GetElapsedTime(_last) < period) return;
        _last = time.GetTimestamp();
        _asked.AddRange(logs);
        if (_asked.Count == 0) return;
        foreach (var log in _asked) log.Ask();
        var places = _asked.ConvertAll(log => log.Place);
        _running = Task.Run(() => places.Select(Ends).ToArray());
    }

    /// <summary>Tells of records that left a log unread.</summary>
    /// <param name="place">The partition.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    public void Tell(TopicPartition place, long first, long count)
    {
        MessagingInstruments.CountLost(place, count);
        var name = $"{place.Topic}/{place.Partition.Value}";
        KafkaLog.LeftUnread(_logger, name, count, first, first + count - 1);
        conditions.RaiseFor(ToldFor, "log-gap", name,
            $"{count} records of {name} (offsets {first} to {first + count - 1}) left the log before they were read: they have no answer. " +
            "Was a reader down for longer than retention.ms, or is retention.bytes too small?");
    }

    /// <summary>Asks no more, and waits for the question that is under way, so that the client may be freed.</summary>
    /// <returns>false if it still is.</returns>
    public bool End(TimeSpan limit)
    {
        _ended = true;
        return _running is null || _running.Wait(limit);
    }

    private void Take(WatermarkOffsets?[] answers)
    {
        _running = null;
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i] is not { } known || _asked[i].IsLeft) continue;
            var lost = _asked[i].Take(known.Low.Value, known.High.Value, out var first);
            if (lost > 0) Tell(_asked[i].Place, first, lost);
        }

        _asked.Clear();
    }

    private WatermarkOffsets? Ends(TopicPartition place)
    {
        try
        {
            return _ended ? null : ends(place);
        }
        catch (KafkaException)
        {
            return null; // the next time will do
        }
    }
}
