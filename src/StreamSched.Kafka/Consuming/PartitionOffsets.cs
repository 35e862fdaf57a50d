namespace StreamSched.Kafka;

/// <summary>
/// Which records of one partition are finished, and up to where all of them are: the only offset that may be committed. Records may finish in
/// any order and from any thread. Offsets may have gaps (compaction, transaction markers); what was never delivered counts as finished.
/// <para>
/// Each record carries a mark, a position in a companion topic from which its outcome can be found again; <see cref="Committable"/> gives
/// the mark that belongs to the committed offset, since a successor needs both.
/// </para>
/// </summary>
/// <remarks>Nothing is allocated once the window has grown to what is usually in flight.</remarks>
public sealed class PartitionOffsets
{
    private readonly Lock _lock = new();
    private readonly int _capacity;
    private Entry[] _window;    // a ring of what was delivered and is not committable yet, oldest first
    private int _head;
    private int _count;
    private int _unfinished;
    private long _next = -1;    // one past the last delivered offset; -1 before the first

    /// <summary>Makes an empty window.</summary>
    /// <param name="capacity">Most records between the oldest unfinished one and the newest.</param>
    public PartitionOffsets(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _window = new Entry[Math.Min(capacity, 64)];
    }

    /// <summary>Delivered and not finished.</summary>
    public int Unfinished => Volatile.Read(ref _unfinished);

    /// <summary>Records from the oldest unfinished one to the newest, finished ones between them included: what the bound applies to.</summary>
    public int Window => Volatile.Read(ref _count);

    /// <summary>Whether the bound is reached, so that no more may be delivered.</summary>
    public bool IsFull => Window >= _capacity;

    /// <summary>Takes note of a record that was read.</summary>
    /// <param name="offset">Its offset, above all that were delivered before.</param>
    /// <param name="mark">Position in the companion topic from which on its outcome would be found.</param>
    /// <returns>
    /// false if the offset is not above those before it. The broker's log was cut back then (unclean leader) and grows anew: everything in flight
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
            if (_count == _capacity) throw new InvalidOperationException($"more than {_capacity} records are in flight");
            if (_count == _window.Length) Grow();
            _window[Index(_count)] = new Entry(offset, mark, Finished: false);
            _count++;
            _unfinished++;
            _next = offset + 1;
            return forward;
        }
    }

    /// <summary>Takes note that a record is finished.</summary>
    /// <returns>false if it is not in flight: finished before, never delivered, or of an earlier assignment.</returns>
    public bool Finish(long offset)
    {
        lock (_lock)
        {
            var at = Find(offset);
            if (at < 0 || _window[at].Finished) return false;
            _window[at] = _window[at] with { Finished = true };
            _unfinished--;
            while (_count > 0 && _window[_head].Finished)
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
    /// <returns>The first offset that a successor has to read: that of the oldest unfinished record; -1 before the first record.</returns>
    public long Committable(out long mark, long currentMark = 0)
    {
        lock (_lock)
        {
            mark = _count > 0 ? _window[_head].Mark : currentMark;
            return _count > 0 ? _window[_head].Offset : _next;
        }
    }

    private int Index(int position)
    {
        var index = _head + position;
        return index >= _window.Length ? index - _window.Length : index;
    }

    private int Find(long offset)
    {
        if (_count == 0) return -1;
        var first = _window[_head].Offset;
        if (offset < first || offset >= _next) return -1;

        // Without gaps the distance is the place; each gap can only move it towards the head.
        var high = (int)Math.Min(_count - 1, offset - first);
        if (_window[Index(high)].Offset == offset) return Index(high);
        var low = 0;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = _window[Index(middle)].Offset;
            if (found == offset) return Index(middle);
            if (found < offset) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    private void Grow()
    {
        var larger = new Entry[Math.Min((long)_capacity, _window.Length * 2L)];
        for (var i = 0; i < _count; i++) larger[i] = _window[Index(i)];
        _window = larger;
        _head = 0;
    }

    private readonly record struct Entry(long Offset, long Mark, bool Finished);
}
