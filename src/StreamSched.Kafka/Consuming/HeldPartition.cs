using Confluent.Kafka;

namespace StreamSched.Kafka.Consuming;

/// <summary>What a <see cref="GroupConsumer"/> knows about a partition while it holds it. Used by the polling thread only, but for the offsets.</summary>
internal sealed class HeldPartition
{
    private readonly AssignedPartition _assigned;

    internal HeldPartition(AssignedPartition assigned, GroupConsumerSettings settings)
    {
        _assigned = assigned;
        CompanionPosition = assigned.CompanionCommitted;
        Offsets = new PartitionOffsets(settings.MaxInFlight, assigned.Start);
        Partition = new TopicPartition(settings.Topic, assigned.Partition);
        Log = new WatchedLog(Partition, assigned.Start);
        Companion = settings.CompanionTopic is null ? null : new TopicPartition(settings.CompanionTopic, assigned.Partition);
    }

    internal TopicPartition Partition { get; }

    /// <summary>Its name in what is told of it.</summary>
    internal string Name => $"{Partition.Topic}/{Partition.Partition.Value}";

    /// <summary>First offset that the group has not committed, by what is known here; -1: it never committed any.</summary>
    internal long KnownCommitted => CommittedOffset >= 0 ? CommittedOffset : _assigned.Committed;

    internal TopicPartition? Companion { get; }

    internal PartitionOffsets Offsets { get; }

    internal WatchedLog Log { get; }

    /// <summary>Up to where the application has read the companion topic.</summary>
    internal long CompanionPosition { get; set; }

    /// <summary>Paused because its window is full.</summary>
    internal bool IsFull => ResumeAt >= 0;

    /// <summary>Where reading goes on when its window has room again; -1: it is not paused.</summary>
    internal long ResumeAt { get; set; } = -1;

    /// <summary>Since when it is paused, a timestamp.</summary>
    internal long FullSince { get; set; }

    internal long CommittedOffset { get; set; } = -1;

    internal long CommittedMark { get; set; } = -1;

    /// <summary>
    /// From where in the companion topic the outcome of this record would be found. A predecessor may have worked on records that were there
    /// at the hand-over, so for these it is where that one stood; outcomes of later records can only follow what has been read by now.
    /// </summary>
    internal long MarkOf(long offset) => offset < _assigned.End ? _assigned.CompanionCommitted : CompanionPosition;

    /// <summary>What may be committed; offset -1: nothing yet.</summary>
    internal (long Offset, long Mark) Committable()
    {
        var offset = Offsets.Committable(out var mark, currentMark: long.MinValue);
        return (offset, mark == long.MinValue ? MarkOf(offset) : mark);
    }
}
