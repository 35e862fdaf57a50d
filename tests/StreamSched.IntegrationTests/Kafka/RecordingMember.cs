using System.Collections.Concurrent;
using StreamSched.Kafka.Consuming;

namespace StreamSched.IntegrationTests;

/// <summary>A member of a group that notes what happens to it and finishes what it is told to finish.</summary>
internal sealed class RecordingMember : IGroupMember
{
    public ConcurrentQueue<(int Partition, long Offset, int Value)> Records { get; } = new();

    public ConcurrentQueue<AssignedPartition> Assigned { get; } = new();

    public ConcurrentQueue<(int Partition, bool Lost)> Revoked { get; } = new();

    public GroupConsumer? Consumer { get; set; }

    /// <summary>Which values finish as soon as they are read.</summary>
    public Func<int, bool> FinishesAtOnce { get; set; } = _ => true;

    public Action<IReadOnlyList<int>> WhileDraining { get; set; } = _ => { };

    public Action WhenAssigned { get; set; } = () => { };

    public Action WhenRevoked { get; set; } = () => { };

    public void OnAssigned(IReadOnlyList<AssignedPartition> partitions)
    {
        WhenAssigned();
        foreach (var partition in partitions) Assigned.Enqueue(partition);
    }

    public void OnRecord(in ReceivedRecord record)
    {
        var value = BitConverter.ToInt32(record.Value);
        Records.Enqueue((record.Partition, record.Offset, value));
        if (FinishesAtOnce(value)) Assert.True(Consumer!.Acknowledge(record.Partition, record.Offset));
    }

    public bool OnDraining(IReadOnlyList<int> partitions, TimeSpan remaining)
    {
        WhileDraining(partitions);
        return true;
    }

    public void OnRevoked(IReadOnlyList<int> partitions, bool lost)
    {
        WhenRevoked();
        foreach (var partition in partitions) Revoked.Enqueue((partition, lost));
    }
}
