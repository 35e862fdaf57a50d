namespace StreamSched.Learners;

/// <summary>The latest records, as many as fit into a fixed number of bytes: a ring that overwrites the oldest.</summary>
/// <param name="bytes">How many.</param>
internal sealed class KeptRecords(int bytes)
{
    private byte[] _ring = new byte[Math.Min(bytes, 1 << 20)];
    private long _end;

    /// <summary>Keeps a record.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Where it is found, as long as it is there; negative: it is longer than the ring.</returns>
    public long Add(ReadOnlySpan<byte> record)
    {
        int needed = sizeof(int) + record.Length;
        if (needed > bytes) return -1;
        Grow(needed);

        // A record lies in one piece.
        int at = (int)(_end % _ring.Length);
        if (at + needed > _ring.Length) _end += _ring.Length - at;
        long position = _end;
        Span<byte> place = _ring.AsSpan((int)(position % _ring.Length), needed);
        BitConverter.TryWriteBytes(place, record.Length);
        record.CopyTo(place[sizeof(int)..]);
        _end += needed;
        return position;
    }

    /// <summary>Finds a record.</summary>
    /// <param name="position">As <see cref="Add"/> gave it.</param>
    /// <param name="record">The record, valid until the next is added.</param>
    /// <returns>False: it was overwritten.</returns>
    public bool TryGet(long position, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (position < 0 || position >= _end || _end - position > _ring.Length) return false;
        ReadOnlySpan<byte> place = _ring.AsSpan((int)(position % _ring.Length));
        record = place.Slice(sizeof(int), BitConverter.ToInt32(place));
        return true;
    }

    // It grows while nothing was overwritten yet, so that positions stay.
    private void Grow(int needed)
    {
        if (_end + needed <= _ring.Length || _ring.Length >= bytes || _end > _ring.Length) return;
        Array.Resize(ref _ring, (int)Math.Min(bytes, Math.Max(2L * _ring.Length, _end + needed)));
    }
}
