using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Consuming;

/// <summary>Asks the brokers how far a consumer group is behind, without joining it.</summary>
internal static class GroupLag
{
    /// <summary>The lag of every partition of some topics.</summary>
    /// <param name="settings">The installation's settings.</param>
    /// <param name="group">Full name of the group.</param>
    /// <param name="topics">Full names of topics.</param>
    /// <param name="loggers">For what the client says.</param>
    /// <exception cref="KafkaFailureException">Nobody answers, or a topic is not there.</exception>
    public static IReadOnlyList<PartitionLag> Read(KafkaSettings settings, string group, IReadOnlyList<string> topics, ILoggerFactory loggers)
    {
        ILogger logger = loggers.CreateLogger(typeof(GroupLag));
        using var consumer = new ConsumerBuilder<Ignore, Ignore>((settings with { StaticMemberId = null }).GroupConsumer(group))
            .SetLogHandler((_, message) => KafkaLog.Forward(logger, message))
            .SetErrorHandler((_, error) => KafkaLog.ClientError(logger, "lag", error.Reason, error.Code))
            .Build();
        try
        {
            var places = topics
                .SelectMany(topic =>
                    consumer.Handle.MetadataOf(topic, settings.ConnectTimeout).Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId)))
                .OrderBy(place => place.Topic, StringComparer.Ordinal).ThenBy(place => place.Partition.Value).ToArray();
            return [.. consumer.Committed(places, settings.ConnectTimeout).Select(position =>
            {
                var ends = consumer.QueryWatermarkOffsets(position.TopicPartition, settings.ConnectTimeout);
                var committed = position.Offset.IsSpecial ? -1 : position.Offset.Value;
                return new PartitionLag(
                    position.Topic, position.Partition.Value, committed, ends.High.Value, Math.Max(0, ends.High.Value - Math.Max(committed, ends.Low.Value)));
            })];
        }
        catch (KafkaException exception)
        {
            throw KafkaFailureException.From(exception.Error, "group " + group)
                ?? new KafkaFailureException(KafkaFailureKind.Unreachable, $"the offsets of group {group} cannot be read: {exception.Error.Reason}", exception);
        }
    }
}
