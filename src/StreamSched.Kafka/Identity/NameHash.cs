using System.Runtime.InteropServices;

namespace StreamSched.Kafka.Identity;

/// <summary>
/// A 64-bit hash of short UTF-8 names. The seed is drawn once per process by the caller, so that a device cannot craft an id that collides with
/// another device's.
/// </summary>
/// <param name="seed">Any number; the same seed gives the same hashes.</param>
internal readonly struct NameHash(ulong seed)
{
    /// <summary>Hashes a name.</summary>
    /// <param name="utf8">The name's bytes.</param>
    public ulong Of(ReadOnlySpan<byte> utf8)
    {
        ulong hash = seed ^ ((ulong)utf8.Length * 0x9E37_79B9_7F4A_7C15);
        while (utf8.Length >= 8)
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(utf8));
            utf8 = utf8[8..];
        }

        ulong tail = 0;
        for (int i = 0; i < utf8.Length; i++) tail |= (ulong)utf8[i] << (8 * i);
        return Mix(hash ^ tail);
    }

    // A multiply-and-fold step: the high half carries what the low half lost.
    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB, out ulong low);
        return high ^ low;
    }
}
