using System.Numerics;

namespace StreamSched.Schedulers;

/// <summary>
/// Buffers for messages under way, used again and again. The shared array pool keeps few of each size per core, and thousands are under way at once: with it
/// every request cost 500 B of garbage.
/// </summary>
/// <param name="mostBytes">Most bytes that are kept while nobody uses them.</param>
internal sealed class MessageBuffers(long mostBytes)
{
    private const int SmallestBits = 8;
    private readonly Stack<byte[]>?[] _free = new Stack<byte[]>?[32];
    private long _kept;

    /// <summary>A buffer of at least this length.</summary>
    public byte[] Rent(int length)
    {
        int bits = Math.Max(SmallestBits, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(0, length - 1)));
        if (bits > 30) return new byte[length];
        if (_free[bits] is not { } stack || !stack.TryPop(out byte[]? buffer)) return new byte[1 << bits];
        _kept -= buffer.Length;
        return buffer;
    }

    /// <summary>Takes back what <see cref="Rent"/> gave.</summary>
    public void Return(byte[] buffer)
    {
        if (_kept + buffer.Length > mostBytes || !BitOperations.IsPow2(buffer.Length)) return;
        _kept += buffer.Length;
        (_free[BitOperations.Log2((uint)buffer.Length)] ??= []).Push(buffer);
    }
}
