using Confluent.Kafka;

namespace StreamSched.Kafka.DeadLetters;

/// <summary>A record that could not be read, exactly as it was, and why.</summary>
/// <param name="Offset">Its offset in <c>dead-letters</c>, which names it.</param>
/// <param name="Reason">Why it is here.</param>
/// <param name="Topic">Full name of the topic that it was read from.</param>
/// <param name="Partition">Partition that it was read from.</param>
/// <param name="SourceOffset">Offset that it had there.</param>
/// <param name="TimestampMillis">When it became a dead letter, milliseconds since 1970.</param>
/// <param name="Key">The original key; null: none.</param>
/// <param name="Value">The original value; null: none.</param>
/// <param name="Headers">The original headers.</param>
internal sealed record DeadLetter(
    long Offset, string Reason, string Topic, int Partition, long SourceOffset, long TimestampMillis, byte[]? Key, byte[]? Value, Headers Headers);
