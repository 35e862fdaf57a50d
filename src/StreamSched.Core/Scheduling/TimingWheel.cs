namespace StreamSched.Core.Scheduling;

/// <summary>
/// Instants at which something is due for a slot: a hashed timing wheel (Varghese and Lauck 1987), so that setting and clearing cost the same however many
/// there are, and nothing is allocated. A slot has at most one instant.
/// </summary>
internal sealed class TimingWheel
{
    private const int Buckets = 4096;
    private const long Resolution = 5_000; // µs
    private readonly int[] _first = new int[Buckets];
    private int[] _next = [];
    private int[] _previous = [];
    private long[] _due = [];
    private long _cursor = long.MinValue;

    public TimingWheel() => Array.Fill(_first, -1);

    public void Set(int slot, long due)
    {
        if (slot >= _next.Length) Grow(slot);
        Clear(slot);
        long tick = Math.Max(due / Resolution, _cursor);
        int bucket = (int)(tick & (Buckets - 1));
        _due[slot] = due;
        _next[slot] = _first[bucket];
        _previous[slot] = -2 - bucket;
        if (_first[bucket] >= 0) _previous[_first[bucket]] = slot;
        _first[bucket] = slot;
    }

    public void Clear(int slot)
    {
        if (slot >= _next.Length || _previous[slot] == -1) return;
        int next = _next[slot], previous = _previous[slot];
        if (next >= 0) _previous[next] = previous;
        if (previous >= 0) _next[previous] = next;
        else _first[-2 - previous] = next;
        _previous[slot] = -1;
    }

    /// <summary>Takes out one slot that is due, if there is one. To be called until it gives false.</summary>
    public bool TryTake(long now, out int slot)
    {
        long target = now / Resolution;
        if (_cursor == long.MinValue) _cursor = target - Buckets;
        if (target - _cursor >= Buckets) _cursor = target - Buckets + 1; // every bucket is looked at once
        for (; _cursor <= target; _cursor++)
        {
            for (slot = _first[(int)(_cursor & (Buckets - 1))]; slot >= 0; slot = _next[slot])
            {
                if (_due[slot] > now) continue; // a later round of the wheel
                Clear(slot);
                return true;
            }

            if (_cursor == target) break;
        }

        slot = -1;
        return false;
    }

    private void Grow(int slot)
    {
        int from = _next.Length, length = Math.Max(slot + 1, Math.Max(256, 2 * from));
        Array.Resize(ref _next, length);
        Array.Resize(ref _previous, length);
        Array.Resize(ref _due, length);
        Array.Fill(_previous, -1, from, length - from);
    }
}
