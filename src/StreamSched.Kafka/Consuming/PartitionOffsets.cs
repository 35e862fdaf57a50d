namespace StreamSched.Kafka.Consuming;

/// <summary>
/// Which records of one partition are finished, and up to where all of them are: the only offset that may be committed. Records may finish in
/// any order and from any thread. Offsets may have gaps (compaction, transaction markers); what was never delivered counts as finished.
/// <para>
/// Only unfinished records count against the bound. Of finished ones behind an unfinished one nothing needs to be kept: a record that was delivered and is
/// not here is finished. So a record that waits for an hour costs one entry, however many come and go behind it.
/// </para>
/// <para>
/// Each record carries a mark, a position in a companion topic from which its outcome can be found again; <see cref="Committable"/> gives
/// the mark that belongs to the committed offset, since a successor needs both.
/// </para>
/// </summary>
/// <remarks>
/// Nothing is allocated once the ring has grown to what is usually in flight. It holds twice the bound at most: finished entries between unfinished ones are
/// taken out when it is full, at least half of them at a time, which costs each record a move.
/// </remarks>
internal sealed class PartitionOffsets
{
    private readonly Lock _lock = new();
    private readonly int _capacity;
    private Entry[] _ring;      // what was delivered and is not committable yet, oldest first, some finished ones among it
    private int _head;
    private int _count;
    private int _unfinished;
    private long _next;         // one past the last delivered offset

    /// <summary>Makes an empty window.</summary>
    /// <param name="capacity">Most unfinished records.</param>
    /// <param name="start">Where reading begins: what may be committed before the first record; -1: nothing.</param>
    public PartitionOffsets(int capacity, long start = -1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _next = start;
        _ring = new Entry[Math.Min(capacity, 64)];
    }

    /// <summary>Delivered and not finished: what the bound applies to.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>Whether the bound is reached, so that no more may be delivered.</summary>
    public bool IsFull => Unfinished >= _capacity;

    /// <summary>Takes note of a record that was read.</summary>
    /// <param name="offset">Its offset, above all that were delivered before.</param>
    /// <param name="mark">Position in the companion topic from which on its outcome would be found.</param>
    /// <returns>
    /// false if the offset is not above those before it. The broker's log was cut back then (unclean leader) or made anew: everything in flight
    /// is forgotten, and the record is the first of the new log.
    /// </returns>
    /// <exception cref="InvalidOperationException">The window is full.</exception>
    public bool Deliver(long offset, long mark = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (_lock)
        {
            var forward = offset >= _next;
            if (!forward) _head = _count = _unfinished = 0;
            if (_unfinished == _capacity) throw new InvalidOperationException($"more than {_capacity} records are in flight");
            if (_count == _ring.Length) MakeRoom();
            _ring[Index(_count)] = new Entry(offset, mark, Finished: false);
            _count++;
            _unfinished++;
            _next = offset + 1;
            return forward;
        }
    }

    /// <summary>Takes note that a record is finished.</summary>
    /// <returns>false if it is not in flight: finished before, never delivered, or of an earlier assignment.</returns>
    public bool Acknowledge(long offset)
    {
        lock (_lock)
        {
            var at = Find(offset);
            if (at < 0 || _ring[at].Finished) return false;
            _ring[at] = _ring[at] with { Finished = true };
            _unfinished--;
            while (_count > 0 && _ring[_head].Finished)
            {
                _head = Index(1);
                _count--;
            }

            return true;
        }
    }

    /// <summary>What may be committed now.</summary>
    /// <param name="mark">Mark of the oldest unfinished record; <paramref name="currentMark"/> if nothing is in flight.</param>
    /// <param name="currentMark">Position in the companion topic up to which everything was read.</param>
    /// <returns>The first offset that a successor has to read: that of the oldest unfinished record, or where reading began; -1: nothing is known.</returns>
    public long Committable(out long mark, long currentMark = 0)
    {
        lock (_lock)
        {
            mark = _count > 0 ? _ring[_head].Mark : currentMark;
            return _count > 0 ? _ring[_head].Offset : _next;
        }
    }

    private int Index(int position)
    {
        var index = _head + position;
        return index >= _ring.Length ? index - _ring.Length : index;
    }

    private int Find(long offset)
    {
        if (_count == 0) return -1;
        var first = _ring[_head].Offset;
        if (offset < first || offset >= _next) return -1;

        // Without gaps the distance is the place; each gap can only move it towards the head.
        var high = (int)Math.Min(_count - 1, offset - first);
        if (_ring[Index(high)].Offset == offset) return Index(high);
        var low = 0;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = _ring[Index(middle)].Offset;
            if (found == offset) return Index(middle);
            if (found < offset) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    // Grows while most entries are unfinished, and takes the finished ones out otherwise.
    private void MakeRoom()
    {
        if (_unfinished > _ring.Length / 2)
        {
            var larger = new Entry[Math.Min(2L * _capacity, _ring.Length * 2L)];
            for (var i = 0; i < _count; i++) larger[i] = _ring[Index(i)];
            (_ring, _head) = (larger, 0);
            return;
        }

        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var entry = _ring[Index(i)];
            if (!entry.Finished) _ring[Index(kept++)] = entry;
        }

        _count = kept;
    }

    private readonly record struct Entry(long Offset, long Mark, bool Finished);
}
