using Confluent.Kafka;

namespace StreamSched.Kafka.Consuming;

/// <summary>
/// Where the reading of a partition stands in its log, and which records left the log before they were read. An offset that is skipped alone proves nothing,
/// since markers of transactions have offsets too: a skip counts as far as the log's first offset lies behind it.
/// </summary>
/// <param name="place">The partition.</param>
/// <param name="next">First offset that is to be read.</param>
internal sealed class WatchedLog(TopicPartition place, long next)
{
    private (long From, long To) _skipped;  // the largest skip since the log's ends were asked for
    private (long From, long To) _asked;    // the largest one before

    /// <summary>The partition.</summary>
    public TopicPartition Place { get; } = place;

    /// <summary>First offset that was not read.</summary>
    public long Next { get; private set; } = next;

    /// <summary>Whether it is read no longer; an answer that comes after that says nothing.</summary>
    public bool IsLeft { get; set; }

    /// <summary>The log's end when it was last asked for; 0: not yet.</summary>
    public long End { get; private set; }

    /// <summary>Takes note of a record that was read.</summary>
    public void Read(long offset)
    {
        Skip(offset);
        Next = offset + 1;
    }

    /// <summary>Takes note that the end was reached, which may lie behind the last record.</summary>
    public void ReachEnd(long offset)
    {
        Skip(offset);
        Next = Math.Max(Next, offset);
    }

    /// <summary>The log's ends are asked for: what was skipped until now can be judged by the answer.</summary>
    public void Ask() => (_asked, _skipped) = (_skipped, default);

    /// <summary>Takes the answer.</summary>
    /// <param name="low">First offset that is still there.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="first">First offset that left the log unread.</param>
    /// <returns>How many did.</returns>
    public long Take(long low, long end, out long first)
    {
        End = end;
        first = _asked.From;
        var lost = Math.Max(0, Math.Min(low, _asked.To) - _asked.From);
        _asked = default;
        if (low <= Next) return lost;

        // Nothing has come since: the records before the log's first one will not.
        if (lost == 0) first = Next;
        lost += low - Next;
        Next = low;
        return lost;
    }

    private void Skip(long to)
    {
        if (to - Next > _skipped.To - _skipped.From) _skipped = (Next, to);
    }
}
