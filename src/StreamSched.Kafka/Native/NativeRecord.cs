using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamSched.Kafka.Native;

/// <summary>A record in librdkafka's memory, or what it reports instead of one. Given back by <see cref="Dispose"/>.</summary>
internal readonly unsafe ref struct NativeRecord
{
    private readonly NativeMessage* _message;

    private NativeRecord(NativeMessage* message) => _message = message;

    /// <summary>Whether there is anything.</summary>
    internal bool IsThere => _message is not null;

    /// <summary>What is reported; <see cref="ErrorCode.NoError"/>: a record.</summary>
    internal ErrorCode Code => _message->Error;

    internal int Partition => _message->Partition;

    internal long Offset => _message->Offset;

    internal ReadOnlySpan<byte> Key => new(_message->Key, (int)_message->KeyLength);

    internal ReadOnlySpan<byte> Value => new(_message->Value, (int)_message->ValueLength);

    internal bool IsTombstone => _message->Value is null;

    internal long TimestampMillis => Librdkafka.MessageTimestamp((nint)_message, out _);

    // RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME
    internal bool IsStampedByBroker => Librdkafka.MessageTimestamp((nint)_message, out int type) >= 0 && type == 2;

    /// <summary>The topic's name as UTF-8; empty where an error concerns none.</summary>
    internal ReadOnlySpan<byte> Topic =>
        _message->Topic == 0 ? default : MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)Librdkafka.TopicName(_message->Topic));

    /// <summary>The message, for <c>ReceivedRecord</c> to look up headers when they are asked for.</summary>
    internal nint Pointer => (nint)_message;

    /// <summary>What a report that is no record means.</summary>
    internal Error Error => new(Code, Value.IsEmpty ? Code.GetReason() : System.Text.Encoding.UTF8.GetString(Value), Code == ErrorCode.Local_Fatal);

    /// <summary>Takes the next record that the client has fetched already.</summary>
    /// <param name="client">A consumer's handle.</param>
    internal static NativeRecord Next(nint client) => new((NativeMessage*)Librdkafka.ConsumerPoll(client, 0));

    /// <summary>Headers of a message; null if it has none.</summary>
    internal static Headers? HeadersOf(nint message)
    {
        if (Librdkafka.MessageHeaders(message, out var native) != ErrorCode.NoError) return null;
        var headers = new Headers();
        for (nuint i = 0; Librdkafka.HeaderGetAll(native, i, out var name, out var value, out var size) == ErrorCode.NoError; i++)
            headers.Add(Marshal.PtrToStringUTF8(name), value == 0 ? null : new ReadOnlySpan<byte>((void*)value, (int)size).ToArray());
        return headers;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_message is not null) Librdkafka.MessageDestroy((nint)_message);
    }
}
