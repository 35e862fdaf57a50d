using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Kafka.Producing;

/// <summary>A topic as its producer knows it: what is under way and what went wrong. Made by <see cref="RecordProducer.Topic"/>.</summary>
public sealed class ProducerTopic
{
    private readonly RecordProducer _producer;
    private const int MostKept = 4096;
    private TopicPartition?[] _partitions = [];
    private long _tracked;
    private long _reported;
    private long _failed;

    internal ProducerTopic(RecordProducer producer, string name)
    {
        _producer = producer;
        Name = name;
        Handler = OnReport;
        Traffic = MessagingInstruments.Of(name);
    }

    /// <summary>Full name.</summary>
    public string Name { get; }

    /// <summary>Records that were handed to the client.</summary>
    public long Produced { get; private set; }

    /// <summary>Tracked records whose fate is not known yet.</summary>
    public long Outstanding => Volatile.Read(ref _tracked) - Volatile.Read(ref _reported);

    /// <summary>Records that were reported as not stored: every tracked one, and of the others those that carried a sample report.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Why the last of them was not stored.</summary>
    public Error? LastError { get; private set; }

    internal Action<DeliveryReport<RecordKey, byte[]>> Handler { get; }

    internal TopicTraffic Traffic { get; }

    internal long LastLogged { get; set; }

    internal long LoggedFailures { get; set; }

    internal TopicPartition Partition(int partition)
    {
        // A number from a record may be any: what is kept is bounded, and grows at once.
        if (partition >= MostKept) return new TopicPartition(Name, partition);
        if (partition >= _partitions.Length) Array.Resize(ref _partitions, Math.Max(partition + 1, Math.Min(2 * _partitions.Length, MostKept)));
        return _partitions[partition] ??= new TopicPartition(Name, partition);
    }

    internal void CountProduced()
    {
        Produced++;
        Traffic.CountSent();
    }

    internal void Tracked() => Interlocked.Increment(ref _tracked);

    internal void NotSent() => Interlocked.Increment(ref _reported);

    private void OnReport(DeliveryReport<RecordKey, byte[]> report)
    {
        try
        {
            Interlocked.Increment(ref _reported);
            var error = report.Error.IsError ? report.Error : null;
            if (error is not null)
            {
                LastError = error;
                Interlocked.Increment(ref _failed);
                Traffic.CountFailed();
            }

            var key = report.Message.Key;
            _producer.OnReport(this, report.Partition.Value, report.Offset.Value, key.Token, error, key.SentAt);
        }
        catch (Exception exception)
        {
            _producer.Fail("a delivery report", exception); // the package would drop it
        }
    }
}
