using StreamSched.Kafka.Identity;

namespace StreamSched.Schedulers;

/// <summary>What Kafka adds to an open request: where its record lies, and the record itself.</summary>
internal struct Envelope
{
    public RequestKey Key;
    public long Offset;

    // When the broker got it, µs since 1970, and the end of the log when its copy was written there last.
    public long Received;
    public long CarriedTo;
    public bool Implausible;

    // The framed request as received, then its packed trace context, then the device's id; rented.
    public byte[] Buffer;
    public int MessageLength;
    public int TraceLength;
    public int DeviceLength;

    public readonly ReadOnlySpan<byte> Message => Buffer.AsSpan(0, MessageLength);

    public readonly ReadOnlySpan<byte> Trace => Buffer.AsSpan(MessageLength, TraceLength);

    public readonly ReadOnlySpan<byte> Device => Buffer.AsSpan(MessageLength + TraceLength, DeviceLength);
}
