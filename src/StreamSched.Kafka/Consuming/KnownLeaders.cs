using Confluent.Kafka;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Consuming;

/// <summary>What a client remembers of a topic's leaders.</summary>
internal static class KnownLeaders
{
    /// <summary>
    /// Asks the cluster anew if a question about offsets failed by what is remembered of leaders: a client keeps a remembered "no leader", or a former leader,
    /// until its metadata is refreshed anyway, after minutes, and a question that met an election would fail as often as it is repeated. After every other
    /// error it renews what it knows by itself.
    /// </summary>
    /// <param name="error">What the question failed by.</param>
    /// <param name="client">The client whose memory it is.</param>
    /// <param name="topic">Full name.</param>
    /// <param name="limit">How long to wait; no answer changes nothing.</param>
    internal static void RenewAfter(Error error, Handle client, string topic, TimeSpan limit)
    {
        if (error.Code is not (ErrorCode.Local_UnknownPartition or ErrorCode.NotLeaderForPartition or ErrorCode.LeaderNotAvailable)) return;
        try
        {
            _ = client.MetadataOf(topic, limit);
        }
        catch (KafkaException)
        {
            // The question that is repeated next says what is wrong.
        }
    }
}
