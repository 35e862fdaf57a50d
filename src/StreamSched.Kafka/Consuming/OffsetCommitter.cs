using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Kafka.Consuming;

/// <summary>
/// Commits offsets beside the polling thread. Confluent.Kafka offers no asynchronous commit of chosen offsets (storing them for its automatic
/// commit refuses partitions that are not assigned, and the companion topic's are not), so the blocking one runs on a pool thread, one at a
/// time; librdkafka's calls may be made from any thread.
/// </summary>
internal sealed class OffsetCommitter(IConsumer<RecordBytes, RecordBytes> consumer, string group, TimeSpan interval, ILoggerFactory loggers, TimeProvider time)
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(5);

    // Brokers take commits of a group that rebalances but for a moment. The embedded one never does, and may be waiting for this very hand-over.
    private static readonly TimeSpan RebalancePatience = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<OffsetCommitter>();
    private readonly IConsumer<RecordBytes, RecordBytes> _consumer = consumer;
    private readonly TimeSpan _interval = interval;
    private readonly TimeProvider _time = time;
    private readonly List<TopicPartitionOffset> _offsets = [];
    private readonly List<(HeldPartition Partition, long Offset, long Mark)> _taken = [];
    private Task<Error?>? _running;
    private TimeSpan _wait = interval;
    private long _last = time.GetTimestamp();

    /// <summary>Starts a commit if one is due, none is under way and there is something new.</summary>
    internal void CommitIfDue(IEnumerable<HeldPartition> partitions)
    {
        if (_time.GetElapsedTime(_last) < _wait || !Finish(TimeSpan.Zero, out var error)) return;
        _last = _time.GetTimestamp();
        if (error is null) Start(partitions);
    }

    /// <summary>Commits and waits for it; gives up when the time is over or the group has moved on without this member.</summary>
    internal void CommitNow(IEnumerable<HeldPartition> partitions, TimeSpan limit)
    {
        var began = _time.GetTimestamp();
        if (!Finish(limit, out _)) return;
        while (Start(partitions) && Finish(limit - _time.GetElapsedTime(began), out var error) && error is not null)
        {
            var waited = _time.GetElapsedTime(began);
            if (MovedOn(error.Code) || waited > limit || (error.Code == ErrorCode.RebalanceInProgress && waited > RebalancePatience)) return;
            Task.Delay(TimeSpan.FromMilliseconds(50), _time).Wait();
        }
    }

    /// <summary>Waits until no commit is under way, so that none overtakes a change of owner.</summary>
    /// <returns>false if there is still one.</returns>
    internal bool Finish(TimeSpan limit, out Error? error)
    {
        error = null;
        if (_running is null) return true;
        if (!Wait(limit)) return false;
        error = Settle(_running.Result);
        return true;
    }

    /// <summary>Waits until no commit is under way, whatever becomes of it.</summary>
    internal bool Wait(TimeSpan limit) => _running is null || _running.Wait(limit < TimeSpan.Zero ? TimeSpan.Zero : limit);

    private bool Start(IEnumerable<HeldPartition> partitions)
    {
        _offsets.Clear();
        _taken.Clear();
        foreach (var partition in partitions)
        {
            var (offset, mark) = partition.Committable();
            if (offset < 0 || (offset == partition.CommittedOffset && mark == partition.CommittedMark)) continue;
            _taken.Add((partition, offset, mark));
            _offsets.Add(new TopicPartitionOffset(partition.Partition, offset));
            if (partition.Companion is not null && mark >= 0) _offsets.Add(new TopicPartitionOffset(partition.Companion, mark));
        }

        if (_offsets.Count == 0) return false;
        _running = Task.Run(Commit);
        return true;
    }

    private Error? Commit()
    {
        try
        {
            _consumer.Commit(_offsets);
            return null;
        }
        catch (TopicPartitionOffsetException exception)
        {
            return exception.Results.First(result => result.Error.IsError).Error;
        }
        catch (KafkaException exception)
        {
            return exception.Error.Code == ErrorCode.Local_NoOffset ? null : exception.Error;
        }
    }

    /// <summary>Takes the outcome of a commit into account, on the polling thread.</summary>
    private Error? Settle(Error? error)
    {
        _running = null;
        if (error is null)
        {
            foreach (var (partition, offset, mark) in _taken) (partition.CommittedOffset, partition.CommittedMark) = (offset, mark);
            _wait = _interval;
            return null;
        }

        if (KafkaFailureException.From(error, "group " + group) is { } failure) throw failure;
        _wait = TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, Math.Max(_wait.Ticks, TimeSpan.TicksPerMillisecond) * 2));
        KafkaLog.CommitFailed(_logger, group, (long)_wait.TotalMilliseconds, error.Reason);
        return error;
    }

    // A commit that was under way while the group changed its generation fails with the old one's number and succeeds when repeated.
    private static bool MovedOn(ErrorCode code) => code is ErrorCode.UnknownMemberId or ErrorCode.FencedMemberEpoch;
}
