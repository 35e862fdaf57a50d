namespace StreamSched.Core.Scheduling;

/// <summary>
/// Slots that wait for a worker, a line per partition, those that wait longest first. Linked through arrays by slot, so that nothing is allocated per slot.
/// </summary>
internal sealed class WaitingLines
{
    private const int NotInLine = -2, None = -1;
    private int[] _next = [];
    private int[] _previous = [];
    private Line[] _lines = [];

    /// <summary>Slots in all lines.</summary>
    public int Count { get; private set; }

    /// <summary>Partitions that may have a line: 0 to this.</summary>
    public int Partitions => _lines.Length;

    /// <summary>Slots of one partition.</summary>
    public int CountOf(int partition) => partition < _lines.Length ? _lines[partition].Count : 0;

    /// <summary>The slot that waits longest; -1: none.</summary>
    public int First(int partition) => CountOf(partition) > 0 ? _lines[partition].First : None;

    /// <summary>The slot behind a slot; -1: none.</summary>
    public int Next(int slot) => _next[slot];

    /// <summary>Puts a slot at the end of its partition's line; one that is in line stays where it is.</summary>
    public void Add(int slot, int partition)
    {
        if (slot >= _next.Length) Grow(slot);
        if (_next[slot] != NotInLine) return;
        if (partition >= _lines.Length) Array.Resize(ref _lines, Math.Max(partition + 1, 2 * _lines.Length));
        ref Line line = ref _lines[partition];
        (_next[slot], _previous[slot]) = (None, line.Count > 0 ? line.Last : None);
        if (line.Count > 0) _next[line.Last] = slot;
        else line.First = slot;
        line.Last = slot;
        line.Count++;
        Count++;
    }

    /// <summary>Takes a slot out of its line, if it is in one.</summary>
    public void Remove(int slot, int partition)
    {
        if (slot >= _next.Length || _next[slot] == NotInLine) return;
        ref Line line = ref _lines[partition];
        (int next, int previous) = (_next[slot], _previous[slot]);
        if (next >= 0) _previous[next] = previous;
        else line.Last = previous;
        if (previous >= 0) _next[previous] = next;
        else line.First = next;
        _next[slot] = NotInLine;
        line.Count--;
        Count--;
    }

    private void Grow(int slot)
    {
        int from = _next.Length, length = Math.Max(slot + 1, Math.Max(256, 2 * from));
        Array.Resize(ref _next, length);
        Array.Resize(ref _previous, length);
        Array.Fill(_next, NotInLine, from, length - from);
    }

    private struct Line
    {
        public int First;
        public int Last;
        public int Count;
    }
}
