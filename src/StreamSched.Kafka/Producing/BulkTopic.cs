using Confluent.Kafka;
using StreamSched.Kafka.Diagnostics;

namespace StreamSched.Kafka.Producing;

/// <summary>A topic as its <see cref="BulkProducer"/> knows it.</summary>
internal sealed class BulkTopic
{
    private readonly TopicTraffic _traffic;
    private long _failed;

    internal BulkTopic(string name, nint native) => (Name, Native, _traffic) = (name, native, MessagingInstruments.Of(name));

    /// <summary>Full name.</summary>
    public string Name { get; }

    /// <summary>Records that were handed to the client.</summary>
    public long Produced { get; private set; }

    /// <summary>Records that were not stored.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Why the last of them was not stored.</summary>
    public Error? LastError { get; private set; }

    internal nint Native { get; }

    internal long LastLogged { get; set; }

    internal long LoggedFailures { get; set; }

    internal void CountProduced()
    {
        Produced++;
        _traffic.CountSent();
    }

    internal void Fail(Error error)
    {
        _traffic.CountFailed();
        LastError = error;
        Interlocked.Increment(ref _failed);
    }
}
