using System.Runtime.CompilerServices;

namespace StreamSched.Simulation.Worlds;

/// <summary>What is to happen, by time and then by the order in which it was planned: a heap with four children per node, whose siblings share a cache line
/// or two.</summary>
internal sealed class EventQueue
{
    private Entry[] _heap = new Entry[1024];
    private uint _planned;

    public int Count { get; private set; }

    /// <summary>Plans an event.</summary>
    /// <returns>Its number, by which a plan that has changed is told from its successor.</returns>
    public uint Push(long time, WorldEvent kind, int index)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, Count * 2);
        uint order = ++_planned;
        Entry entry = new(time, order, kind, index);
        Entry[] heap = _heap;
        int i = Count++;
        while (i > 0)
        {
            int parent = (i - 1) >> 2;
            if (!entry.Before(heap[parent])) break;
            heap[i] = heap[parent];
            i = parent;
        }

        heap[i] = entry;
        return order;
    }

    public bool TryPop(out Entry first)
    {
        if (Count == 0)
        {
            first = default;
            return false;
        }

        Entry[] heap = _heap;
        first = heap[0];
        int count = --Count;
        Entry last = heap[count];
        int i = 0;
        while (true)
        {
            int child = (i << 2) + 1;
            if (child >= count) break;
            int least = child, end = Math.Min(child + 4, count);
            for (int c = child + 1; c < end; c++)
                if (heap[c].Before(heap[least])) least = c;
            if (!heap[least].Before(last)) break;
            heap[i] = heap[least];
            i = least;
        }

        heap[i] = last;
        return true;
    }

    /// <summary>One planned event; 16 bytes. Orders wrap after four billion, so they are compared by their distance.</summary>
    internal readonly struct Entry(long time, uint order, WorldEvent kind, int index)
    {
        private readonly long _timeAndKind = (time << 8) | (byte)kind;

        public readonly uint Order = order;

        public readonly int Index = index;

        public long Time => _timeAndKind >> 8;

        public WorldEvent Kind => (WorldEvent)(byte)_timeAndKind;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Before(in Entry other)
        {
            long mine = _timeAndKind >> 8, theirs = other._timeAndKind >> 8;
            return mine < theirs || (mine == theirs && (int)(Order - other.Order) < 0);
        }
    }
}
