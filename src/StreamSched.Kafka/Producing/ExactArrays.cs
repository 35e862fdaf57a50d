namespace StreamSched.Kafka.Producing;

/// <summary>
/// Arrays of exactly the length asked for, used again and again: Confluent.Kafka takes whole arrays only, and librdkafka has copied them when
/// Produce returns. A fresh array per record costs its size in garbage and, at 200 bytes, 0.04 µs of 1.4 µs per record.
/// </summary>
internal sealed class ExactArrays
{
    private const int SmallMost = 4096;
    private const int LargeSlots = 16; // devices send frames of few sizes

    private readonly byte[]?[] _small = new byte[]?[SmallMost + 1];
    private readonly byte[]?[] _large = new byte[]?[LargeSlots];

    /// <summary>A copy that is valid until the next one of the same length.</summary>
    internal byte[] Copy(ReadOnlySpan<byte> bytes)
    {
        ref var slot = ref bytes.Length <= SmallMost ? ref _small[bytes.Length] : ref _large[bytes.Length % LargeSlots];
        if (slot is null || slot.Length != bytes.Length) slot = new byte[bytes.Length];
        bytes.CopyTo(slot);
        return slot;
    }
}
