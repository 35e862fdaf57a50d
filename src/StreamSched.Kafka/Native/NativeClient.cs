using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamSched.Kafka.Native;

/// <summary>
/// librdkafka's own handle behind a client of Confluent.Kafka. The package keeps it to itself, and its own calls cost 600 B of garbage and half of a loop's
/// time per record (docs/performance.md), so the path of every record goes past them, and everything else through them.
/// </summary>
internal static class NativeClient
{
    // By reflection, once per process: there is no public way. Where a later version has none, everything works as before, slower.
    private static readonly PropertyInfo? Inner = typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>The handle, valid until the client is disposed of; 0: not to be had.</summary>
    /// <param name="client">A client that is in use.</param>
    internal static nint HandleOf(IClient client) => Inner?.GetValue(client.Handle) is SafeHandle { IsInvalid: false } handle ? handle.DangerousGetHandle() : 0;
}
