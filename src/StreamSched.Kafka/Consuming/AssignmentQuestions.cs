using Confluent.Kafka;

namespace StreamSched.Kafka;

/// <summary>What a new owner asks the cluster about its partitions before it reads them.</summary>
internal static class AssignmentQuestions
{
    internal static AssignedPartition[] Ask(
        IConsumer<RecordBytes, RecordBytes> consumer, List<TopicPartition> partitions, GroupConsumerOptions options, TimeSpan limit, TimeProvider time)
    {
        var companions = options.CompanionTopic is null ? [] : partitions.Select(partition => new TopicPartition(options.CompanionTopic, partition.Partition)).ToArray();
        var committed = Repeat(() => consumer.Committed(partitions.Concat(companions), limit), limit, time)
            .ToDictionary(position => (position.Topic, position.Partition.Value), position => position.Offset.IsSpecial ? -1 : position.Offset.Value);
        return [.. partitions
            .Select(partition => new AssignedPartition(
                partition.Partition.Value,
                committed[(partition.Topic, partition.Partition.Value)],
                companions.Length == 0 ? 0 : committed[(options.CompanionTopic!, partition.Partition.Value)],
                companions.Length == 0 ? 0 : Repeat(() => consumer.QueryWatermarkOffsets(partition, limit).High.Value, limit, time)))
            .OrderBy(partition => partition.Partition)];
    }

    /// <summary>Elections and moving coordinators make single answers fail; the limit bounds the repetition.</summary>
    private static T Repeat<T>(Func<T> question, TimeSpan limit, TimeProvider time)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return question();
            }
            catch (KafkaException exception)
            {
                if (KafkaFailureException.From(exception.Error, "the group's topics") is { } failure) throw failure;
                // The client drops an assignment whose handler throws while the group goes on counting on it: only a new start helps.
                if (time.GetElapsedTime(began) > limit)
                    throw new KafkaFailureException(KafkaFailureKind.Unreachable, $"the committed offsets cannot be read: {exception.Error.Reason}", exception);
                Task.Delay(TimeSpan.FromMilliseconds(50), time).Wait();
            }
        }
    }
}
