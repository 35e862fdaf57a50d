using System.Buffers.Binary;

namespace StreamSched.Client;

/// <summary>
/// The partition of a device's requests: that of Kafka's own Java clients for the same key (murmur2), so that a device keeps its partition, and its records
/// their order, whichever of the two sends them.
/// </summary>
internal static class DevicePartition
{
    /// <summary>The partition.</summary>
    /// <param name="key">The device's id in UTF-8.</param>
    /// <param name="partitions">How many there are.</param>
    public static int Of(ReadOnlySpan<byte> key, int partitions) => (Murmur2(key) & int.MaxValue) % partitions;

    /// <summary>MurmurHash2 by Austin Appleby, 32 bits, with the seed of <c>org.apache.kafka.common.utils.Utils.murmur2</c>.</summary>
    internal static int Murmur2(ReadOnlySpan<byte> data)
    {
        const uint Multiplier = 0x5BD1_E995;
        uint hash = 0x9747_B28C ^ (uint)data.Length;
        while (data.Length >= 4)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            hash = (hash * Multiplier) ^ ((word ^ (word >> 24)) * Multiplier);
            data = data[4..];
        }

        if (data.Length > 2) hash ^= (uint)data[2] << 16;
        if (data.Length > 1) hash ^= (uint)data[1] << 8;
        if (data.Length > 0) hash = (hash ^ data[0]) * Multiplier;
        hash = (hash ^ (hash >> 13)) * Multiplier;
        return (int)(hash ^ (hash >> 15));
    }
}
