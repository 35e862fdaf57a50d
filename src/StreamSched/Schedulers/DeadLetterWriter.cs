using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Consuming;
using StreamSched.Kafka.DeadLetters;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Producing;
using StreamSched.Kafka.Settings;

namespace StreamSched.Schedulers;

/// <summary>
/// Writes unreadable requests to <c>dead-letters</c> and finishes each once it is stored there. What is not stored is kept and written again, so that neither a
/// missing topic nor an outage stops the requests behind it. What cannot be kept is finished with a line that says where it lies: nobody is owed an answer to
/// it.
/// </summary>
/// <param name="kafka">The installation.</param>
/// <param name="producer">Who sends; its delivery handler calls <see cref="OnDelivered"/>.</param>
/// <param name="acknowledge">Finishes an offset of a partition of requests; from any thread.</param>
/// <param name="conditions">Where an operator learns of it.</param>
/// <param name="loggers">For what is lost.</param>
/// <param name="time">For pauses.</param>
internal sealed class DeadLetterWriter(
    KafkaSettings kafka, RecordProducer producer, Action<int, long> acknowledge, Conditions conditions, ILoggerFactory loggers, TimeProvider time)
{
    private const long MostBytes = 32 * 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<DeadLetterWriter>();
    private readonly string _topic = kafka.Topics.DeadLetters;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Letter> _kept = [];
    private readonly List<long> _failed = [];
    private long _bytes;
    private long _wroteAgain = time.GetTimestamp();

    /// <summary>Whether some are not stored yet.</summary>
    public bool UnderWay
    {
        get
        {
            lock (_gate) return _kept.Count > 0;
        }
    }

    /// <summary>Writes one.</summary>
    /// <param name="record">The request as it was read.</param>
    /// <param name="problem">Why it cannot be read.</param>
    public void Write(in ReceivedRecord record, string problem)
    {
        long token = Token(record.Partition, record.Offset);
        lock (_gate)
        {
            if (_bytes + record.Value.Length <= MostBytes)
            {
                _kept[token] = new Letter(record.Key.ToArray(), record.Value.ToArray(), record.IsTombstone, record.Headers, record.TimestampMillis, problem);
                _bytes += record.Value.Length;
            }
        }

        Send(record, problem, token);
    }

    /// <summary>What became of one; from any thread.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="error">Why it was not stored; null: it was.</param>
    public void OnDelivered(long token, Error? error)
    {
        (int partition, long offset) = ((int)(token >> 48), token & 0xFFFF_FFFF_FFFF);
        bool settled;
        lock (_gate)
        {
            if (error is not null && !error.Code.IsRefusal() && _kept.ContainsKey(token))
            {
                _failed.Add(token);
                conditions.Raise(
                    "dead-letters-not-stored", _topic,
                    $"unreadable requests cannot be stored in {_topic}: {error.Reason}. They are written again every second; " +
                    "does the topic exist, and may this user write to it?");
                return;
            }

            if (_kept.Remove(token, out Letter? letter)) _bytes -= letter.Value.Length;
            settled = _failed.Count == 0;
        }

        if (error is not null) SchedulerLog.DeadLetterRefused(_logger, kafka.Topics.Requests, partition, offset, error.Reason);
        else if (settled) conditions.Clear("dead-letters-not-stored", _topic);
        acknowledge(partition, offset);
    }

    /// <summary>Writes again what was not stored. To be called often.</summary>
    public void WriteAgain()
    {
        if (time.GetElapsedTime(_wroteAgain) < Pause) return;
        _wroteAgain = time.GetTimestamp();
        (long Token, Letter Letter)[] again;
        lock (_gate)
        {
            if (_failed.Count == 0) return;
            again = [.. _failed.Where(_kept.ContainsKey).Select(token => (token, _kept[token]))];
            _failed.Clear();
        }

        foreach ((long token, Letter letter) in again)
        {
            ReceivedRecord record = new(
                kafka.Topics.Requests, (int)(token >> 48), token & 0xFFFF_FFFF_FFFF, letter.TimestampMillis, letter.Key, letter.Value, letter.IsTombstone,
                letter.Headers);
            Send(record, letter.Problem, token);
        }
    }

    /// <summary>Forgets what is under way of a partition that belongs to another scheduler now: that one reads it again.</summary>
    public void Forget(int partition)
    {
        lock (_gate)
        {
            foreach (long token in _kept.Keys.Where(token => (int)(token >> 48) == partition).ToArray())
                if (_kept.Remove(token, out Letter? letter)) _bytes -= letter.Value.Length;
            _failed.RemoveAll(token => (int)(token >> 48) == partition);
            if (_failed.Count > 0) return;
        }

        conditions.Clear("dead-letters-not-stored", _topic);
    }

    private void Send(in ReceivedRecord record, string problem, long token)
    {
        if (DeadLetterStore.Send(producer, kafka, record, problem, token, loggers) is { } refused) OnDelivered(token, refused);
    }

    private static long Token(int partition, long offset) => ((long)partition << 48) | offset;

    private sealed record Letter(byte[] Key, byte[] Value, bool IsTombstone, Headers? Headers, long TimestampMillis, string Problem);
}
