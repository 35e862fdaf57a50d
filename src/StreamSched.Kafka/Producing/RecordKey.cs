using Confluent.Kafka;

namespace StreamSched.Kafka.Producing;

/// <summary>
/// A record's key together with the caller's token and, where its time is taken, when it was sent. Delivery reports bring back the key field, and so the token,
/// which spares a closure per record.
/// </summary>
internal readonly record struct RecordKey(byte[]? Bytes, long Token, long SentAt = 0)
{
    internal sealed class Serializer : ISerializer<RecordKey>
    {
        public byte[] Serialize(RecordKey data, SerializationContext context) => data.Bytes!; // null is a record without key
    }
}
