using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamSched.Kafka.Native;

/// <summary><c>rd_kafka_message_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMessage
{
    internal ErrorCode Error;
    internal nint Topic;
    internal int Partition;
    internal byte* Value;
    internal nuint ValueLength;
    internal byte* Key;
    internal nuint KeyLength;
    internal long Offset;
    internal nint Private;
}
