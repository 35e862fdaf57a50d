using Confluent.Kafka;

namespace StreamSched.Kafka;

/// <summary>A copy of a record that cannot be handled yet.</summary>
internal sealed record StashedRecord(long Offset, long TimestampMillis, byte[] Key, byte[] Value, bool IsTombstone, Headers? Headers);
