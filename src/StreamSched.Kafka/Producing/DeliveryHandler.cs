using Confluent.Kafka;

namespace StreamSched.Kafka.Producing;

/// <summary>Hears what became of a tracked record.</summary>
/// <param name="topic">Where it went.</param>
/// <param name="partition">Its partition.</param>
/// <param name="offset">Its offset; -1 if it was not stored.</param>
/// <param name="token">What the producer was given with it.</param>
/// <param name="error">Why it was not stored, as far as known; null if it was.</param>
public delegate void DeliveryHandler(ProducerTopic topic, int partition, long offset, long token, Error? error);
