using System.Runtime.InteropServices;
using Confluent.Kafka;
using StreamSched.Kafka.Native;

namespace StreamSched.Kafka.Embedded;

/// <summary>
/// A Kafka cluster inside this process: the one that librdkafka keeps for its own tests. It speaks the protocol over loopback TCP, so other
/// processes and other clients can connect. For demonstrations and tests.
/// <para>
/// Limits, all of librdkafka's cluster: records live in memory only, at most 5 MiB or 100,000 batches per partition, after which the oldest go
/// even if nobody read them; the admin protocol is not there, so topics are made by <see cref="CreateTopic"/>, and a topic that nobody made
/// appears with four partitions; offsets by time always give the end; delivery reports carry no time; retention, compaction and size limits are
/// not kept; commits are refused while a group of the classic protocol rebalances, so a hand-over may repeat work; a static member that crashed
/// waits for its own session time-out; a fetch waits out <c>fetch.wait.max.ms</c>; a delay that is set is exceeded (40 ms were measured as 66 ms
/// one way).
/// </para>
/// </summary>
public sealed class EmbeddedCluster : IDisposable
{
    private readonly EmbeddedClusterHandle _handle;

    /// <summary>Starts the cluster; it listens when the constructor returns.</summary>
    /// <param name="brokers">How many brokers, numbered from 1.</param>
    /// <exception cref="InvalidOperationException">librdkafka could not start it.</exception>
    public EmbeddedCluster(int brokers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(brokers, 1);
        Brokers = brokers;
        _handle = EmbeddedClusterHandle.Create(brokers);
        BootstrapServers = Marshal.PtrToStringUTF8(Librdkafka.ClusterBootstraps(_handle))!;
        Librdkafka.GroupInitialRebalanceDelay(_handle, 0);
    }

    /// <summary>How many brokers there are.</summary>
    public int Brokers { get; }

    /// <summary>What clients connect to.</summary>
    public string BootstrapServers { get; }

    /// <summary>Creates a topic.</summary>
    /// <returns>false if it is there already.</returns>
    public bool CreateTopic(string topic, int partitions, int replicas = 1)
    {
        var error = Librdkafka.TopicCreate(_handle, topic, partitions, Math.Min(replicas, Brokers));
        if (error == ErrorCode.TopicAlreadyExists) return false;
        Require(error, $"create topic {topic}");
        return true;
    }

    /// <summary>Moves the leader of a partition.</summary>
    public void SetLeader(string topic, int partition, int broker) =>
        Require(Librdkafka.PartitionSetLeader(_handle, topic, partition, broker), $"move {topic}/{partition} to broker {broker}");

    /// <summary>Moves the coordinator of a consumer group.</summary>
    public void SetCoordinator(string groupId, int broker) =>
        Require(Librdkafka.CoordinatorSet(_handle, "group", groupId, broker), $"move group {groupId} to broker {broker}");

    /// <summary>Delays every response of a broker, which makes it a far one.</summary>
    public void SetRoundTrip(int broker, TimeSpan delay) =>
        Require(Librdkafka.BrokerSetRtt(_handle, broker, (int)delay.TotalMilliseconds), $"delay broker {broker}");

    /// <summary>Cuts a broker's connections and refuses new ones. Its records stay, and leaders stay where they are.</summary>
    public void StopBroker(int broker) => Require(Librdkafka.BrokerSetDown(_handle, broker), $"stop broker {broker}");

    /// <summary>Lets a stopped broker listen again.</summary>
    public void StartBroker(int broker) => Require(Librdkafka.BrokerSetUp(_handle, broker), $"start broker {broker}");

    /// <summary>The next requests of a kind, to whatever broker, fail with these errors, one each.</summary>
    /// <param name="apiKey">The request's number in the Kafka protocol, such as 0 for Produce, 1 for Fetch, 8 for OffsetCommit.</param>
    /// <param name="errors">Errors in the order in which they are given.</param>
    public void FailRequests(short apiKey, params ErrorCode[] errors) =>
        Librdkafka.PushRequestErrors(_handle, apiKey, (nuint)errors.Length, errors);

    /// <summary>Ends the cluster. Clients see their connections break.</summary>
    public void Dispose() => _handle.Dispose();

    private static void Require(ErrorCode error, string action)
    {
        if (error != ErrorCode.NoError) throw new InvalidOperationException($"the embedded cluster did not {action}: {error.GetReason()}");
    }
}
