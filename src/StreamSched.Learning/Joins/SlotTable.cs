namespace StreamSched.Learning.Joins;

/// <summary>Slots that are taken and given back, used again and again.</summary>
/// <typeparam name="T">What a slot holds; it stays until somebody overwrites it.</typeparam>
internal sealed class SlotTable<T>
    where T : struct
{
    private readonly Stack<int> _free = new();
    private T[] _slots = new T[64];
    private int _used;

    /// <summary>Slots that are taken.</summary>
    public int Count => _used - _free.Count;

    /// <summary>What a slot holds; the reference is valid until the next slot is taken.</summary>
    /// <param name="slot">A slot.</param>
    public ref T this[int slot] => ref _slots[slot];

    /// <summary>Takes a slot.</summary>
    public int Take()
    {
        if (_free.TryPop(out int slot)) return slot;
        if (_used == _slots.Length) Array.Resize(ref _slots, 2 * _slots.Length);
        return _used++;
    }

    /// <summary>Gives a slot back.</summary>
    /// <param name="slot">The slot.</param>
    public void Return(int slot) => _free.Push(slot);
}
