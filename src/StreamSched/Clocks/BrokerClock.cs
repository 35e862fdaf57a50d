using StreamSched.Core.Serving;
using StreamSched.Kafka.Consuming;

namespace StreamSched.Clocks;

/// <summary>How a clock of this process differs from the broker's, by records of its own that the broker stamped and it read back.</summary>
internal sealed class BrokerClock
{
    private LeastDelay _there;
    private LeastDelay _back;

    /// <summary>µs by which the broker's clock is ahead; 0: equal as far as can be told; null: the broker stamps no records.</summary>
    public long? Ahead => _there.Micros is { } there ? ClockDifference.Of(there, _back.Micros) : null;

    /// <summary>Takes a record of this process that came back.</summary>
    /// <param name="sent">When it was sent, by this process, µs.</param>
    /// <param name="record">It.</param>
    /// <param name="now">µs.</param>
    public void Take(long sent, in ReceivedRecord record, long now)
    {
        // The stamp is the whole millisecond before.
        if (!record.IsStampedByBroker || ClockDifference.Between(sent, (record.TimestampMillis + 1) * 1000) is not { } there) return;
        _there.Add(there, now);
        _back.Add(now - (record.TimestampMillis * 1000), now);
    }
}
