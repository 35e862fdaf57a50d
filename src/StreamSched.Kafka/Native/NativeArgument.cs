using System.Runtime.InteropServices;

namespace StreamSched.Kafka.Native;

/// <summary><c>rd_kafka_vu_t</c>: one argument of <see cref="Librdkafka.ProduceVa"/>, a kind and the union of what the kinds carry.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct NativeArgument
{
    internal const int KindTopic = 2;
    internal const int KindPartition = 3;
    internal const int KindValue = 4;
    internal const int KindKey = 5;
    internal const int KindOpaque = 6;
    internal const int KindFlags = 7;
    internal const int KindHeader = 9;

    [FieldOffset(0)]
    internal int Kind;

    // A topic, the memory of key or value, a header's name, or what a delivery report brings back.
    [FieldOffset(8)]
    internal nint Pointer;

    [FieldOffset(8)]
    internal int Number;

    // The length of key or value, or a header's value.
    [FieldOffset(16)]
    internal nuint Length;

    [FieldOffset(24)]
    internal nint HeaderLength;
}
