using System.Buffers.Binary;
using StreamSched.Avro.Binary;

namespace StreamSched.Avro;

/// <summary>Avro's single-object encoding: <c>C3 01</c>, the little-endian CRC-64-AVRO of the schema's parsing canonical form, the body.</summary>
public static class Framing
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderLength = 10;

    /// <summary>Splits a message into its schema's fingerprint and its body. Nothing is copied.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="fingerprint">Of the writer's schema.</param>
    /// <param name="body">The encoded record.</param>
    /// <returns>Whether the message is framed so.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out ulong fingerprint, out ReadOnlySpan<byte> body)
    {
        fingerprint = 0;
        body = default;
        if (message.Length < HeaderLength || message[0] != 0xC3 || message[1] != 0x01) return false;
        fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(message[2..]);
        body = message[HeaderLength..];
        return true;
    }

    /// <summary>Splits a message whose schema must be the expected one.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="expected">The fingerprint that the message must carry.</param>
    /// <param name="body">The encoded record.</param>
    /// <param name="fault"><see cref="AvroFaultKind.NotFramed"/> or <see cref="AvroFaultKind.UnknownFingerprint"/>.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, ulong expected, out ReadOnlySpan<byte> body, out AvroFault fault)
    {
        bool framed = TryRead(message, out ulong fingerprint, out body);
        fault = !framed ? new AvroFault(AvroFaultKind.NotFramed, 0)
            : fingerprint != expected ? new AvroFault(AvroFaultKind.UnknownFingerprint, 2)
            : default;
        return fault.Kind == AvroFaultKind.None;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="fingerprint">Of the schema in which the body is written.</param>
    /// <param name="destination">At least <see cref="HeaderLength"/> bytes.</param>
    public static void WriteHeader(ulong fingerprint, Span<byte> destination)
    {
        destination[0] = 0xC3;
        destination[1] = 0x01;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[2..], fingerprint);
    }
}
