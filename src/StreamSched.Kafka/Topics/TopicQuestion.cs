using Confluent.Kafka;

namespace StreamSched.Kafka.Topics;

/// <summary>Asks the cluster about a topic, by a client that is there already; the client remembers the answer.</summary>
internal static class TopicQuestion
{
    /// <summary>What the brokers say of a topic; its error tells of one that they do not know.</summary>
    /// <param name="client">The client.</param>
    /// <param name="topic">Full name.</param>
    /// <param name="limit">How long to wait.</param>
    /// <exception cref="KafkaException">Nobody answers.</exception>
    internal static TopicMetadata MetadataOf(this Handle client, string topic, TimeSpan limit)
    {
        using var admin = new DependentAdminClientBuilder(client).Build();
        return admin.GetMetadata(topic, limit).Topics.Single();
    }
}
