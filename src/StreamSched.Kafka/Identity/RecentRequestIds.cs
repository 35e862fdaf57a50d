using System.Runtime.InteropServices;

namespace StreamSched.Kafka.Identity;

/// <summary>
/// Remembers which requests were answered lately, in two generations that take turns: each id is known for at least one period, unless a period sees more of
/// them than the bound.
/// </summary>
/// <remarks>
/// A million ids do not fit into a processor's cache, so what counts is how often memory is looked at: the ids lie in open addressing tables of 16 bytes each,
/// one look per question, where a <see cref="HashSet{T}"/> takes two or three. There are many small tables, each with its own turn, since growing or clearing a
/// single large one takes tens of milliseconds, in which nothing would be scheduled.
/// </remarks>
internal sealed class RecentRequestIds
{
    private const int Tables = 64;
    private readonly long _period;
    private readonly int _bound;
    private readonly Generations[] _tables = new Generations[Tables];

    public RecentRequestIds(TimeSpan period, int bound)
    {
        (_period, _bound) = ((long)period.TotalMicroseconds, Math.Max(1, bound / Tables));
        for (int i = 0; i < Tables; i++) _tables[i] = new Generations();
    }

    public int Count => _tables.Sum(t => t.Current.Count + t.Previous.Count);

    public bool Contains(in RequestKey key)
    {
        Tag tag = Tag.Of(key);
        Generations table = _tables[tag.Table];
        return table.Current.Contains(tag) || table.Previous.Contains(tag);
    }

    /// <returns>False if it was known already.</returns>
    public bool Add(in RequestKey key, long now)
    {
        Tag tag = Tag.Of(key);
        Generations table = _tables[tag.Table];
        if (now >= table.TurnAt || table.Current.Count >= _bound)
        {
            table.TurnAt = now + _period;
            (table.Current, table.Previous) = (table.Previous, table.Current);
            table.Current.Clear();
        }

        return !table.Previous.Contains(tag) && table.Current.Add(tag);
    }

    private sealed class Generations
    {
        public Table Current { get; set; } = new();

        public Table Previous { get; set; } = new();

        public long TurnAt { get; set; }
    }

    /// <summary>Linear probing, at most half full. The tag of zeros marks a free place; no tag has it.</summary>
    private sealed class Table
    {
        private Tag[] _places = new Tag[64];

        public int Count { get; private set; }

        public bool Contains(in Tag tag) => Count > 0 && _places[Find(tag)].IsSome;

        public bool Add(in Tag tag)
        {
            int at = Find(tag);
            if (_places[at].IsSome) return false;
            _places[at] = tag;
            if (2 * ++Count > _places.Length) Grow();
            return true;
        }

        public void Clear()
        {
            Count = 0;
            Array.Clear(_places);
        }

        private int Find(in Tag tag)
        {
            int mask = _places.Length - 1, at = tag.Place & mask;
            while (_places[at].IsSome && _places[at] != tag) at = (at + 1) & mask;
            return at;
        }

        private void Grow()
        {
            Tag[] before = _places;
            _places = new Tag[2 * before.Length];
            foreach (Tag tag in before)
                if (tag.IsSome) _places[Find(tag)] = tag;
        }
    }

    /// <summary>
    /// A request's key in 128 bits. Ids of one device have different tags. The hash of the device is seeded per process, so nobody can make the tags of two
    /// devices collide, nor fill one table alone; that two do by chance is as likely as that two random UUIDs are equal.
    /// </summary>
    private readonly record struct Tag(ulong High, ulong Low)
    {
        public bool IsSome => (High | Low) != 0;

        public int Table => (int)(Low % Tables);

        public int Place => (int)(Low >> 32);

        public static Tag Of(in RequestKey key)
        {
            Guid id = key.Id;
            ReadOnlySpan<ulong> halves = MemoryMarshal.Cast<Guid, ulong>(new ReadOnlySpan<Guid>(in id));
            ulong high = Mixed(Mixed(halves[0]) ^ key.Device), low = Mixed(halves[1] ^ high);
            return new Tag(high, (high | low) == 0 ? 1 : low);
        }

        // SplitMix64's finisher, a bijection: UUIDs of version 7 begin with the time, and all bits have to count.
        private static ulong Mixed(ulong z)
        {
            z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
            return z ^ (z >> 31);
        }
    }
}
