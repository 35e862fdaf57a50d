using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Topics;

namespace StreamSched.Kafka.Consuming;

/// <summary>What a new owner asks the cluster about its partitions before it reads them.</summary>
internal static class AssignmentQuestions
{
    // Of all attempts at one question together. Brokers take 9 s by default to find that one of them is dead, and then elect.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    internal static AssignedPartition[] Ask(
        IConsumer<RecordBytes, RecordBytes> consumer, List<TopicPartition> partitions, GroupConsumerSettings settings, TimeSpan limit, TimeProvider time)
    {
        var companions = settings.CompanionTopic is null
            ? [] : partitions.Select(partition => new TopicPartition(settings.CompanionTopic, partition.Partition)).ToArray();
        var committed = Repeat(() => consumer.Committed(partitions.Concat(companions), limit))
            .ToDictionary(position => (position.Topic, position.Partition.Value), position => position.Offset.IsSpecial ? -1 : position.Offset.Value);
        return [.. partitions.Select(Describe).OrderBy(partition => partition.Partition)];

        T Repeat<T>(Func<T> question) => AssignmentQuestions.Repeat(question, consumer, settings.Topic, limit, time);

        AssignedPartition Describe(TopicPartition partition)
        {
            var number = partition.Partition.Value;
            var (first, companion) = (committed[(partition.Topic, number)], companions.Length == 0 ? 0 : committed[(settings.CompanionTopic!, number)]);
            var there = Repeat(() => consumer.QueryWatermarkOffsets(partition, limit));

            // A position behind the end belongs to a log that was there before this one: the topic was made anew.
            var start = first > there.High.Value ? there.Low.Value : Math.Max(first, there.Low.Value);
            return new AssignedPartition(number, first, companion, there.High.Value, start);
        }
    }

    /// <summary>How many partitions the companion topic has: none if it does not exist; without a companion, no partition needs one.</summary>
    internal static int Counterparts(IConsumer<RecordBytes, RecordBytes> consumer, GroupConsumerSettings settings, TimeSpan limit, TimeProvider time)
    {
        if (settings.CompanionTopic is not { } topic) return int.MaxValue;
        return Repeat(Ask, consumer, topic, limit, time);

        int Ask()
        {
            var found = consumer.Handle.MetadataOf(topic, limit);
            return found.Error.Code is ErrorCode.NoError or ErrorCode.UnknownTopicOrPart or ErrorCode.LeaderNotAvailable
                ? found.Partitions.Count : throw new KafkaException(found.Error);
        }
    }

    /// <summary>Whether a topic exists; null: no broker says so.</summary>
    internal static bool? Exists(IConsumer<RecordBytes, RecordBytes> consumer, string topic, TimeSpan limit)
    {
        try
        {
            return consumer.Handle.MetadataOf(topic, limit).Error.Code != ErrorCode.UnknownTopicOrPart;
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    // Elections and moving coordinators make single answers fail.
    private static T Repeat<T>(Func<T> question, IConsumer<RecordBytes, RecordBytes> consumer, string topic, TimeSpan limit, TimeProvider time)
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
                // Without an answer the partitions cannot be read, and the group counts on this member: a new start may find brokers that answer.
                if (time.GetElapsedTime(began) > Patience)
                    throw new KafkaFailureException(KafkaFailureKind.Unreachable, $"the committed offsets cannot be read: {exception.Error.Reason}", exception);
                Task.Delay(TimeSpan.FromMilliseconds(50), time).Wait();
                KnownLeaders.RenewAfter(exception.Error, consumer.Handle, topic, limit);
            }
        }
    }
}
