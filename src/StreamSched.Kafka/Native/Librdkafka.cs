using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamSched.Kafka.Native;

/// <summary>
/// Entry points of librdkafka's <c>rdkafka_mock.h</c>, which Confluent.Kafka does not wrap, and the few of <c>rdkafka.h</c> beside them.
/// All go to the very library that Confluent.Kafka loads: a second copy in the process would be a second, older or differently built, client.
/// </summary>
internal static partial class Librdkafka
{
    private const string Name = "librdkafka";

    // What the redist package calls its builds, and the order in which Confluent.Kafka tries them outside Alpine.
    private static readonly string[] Builds = ["librdkafka", "centos8-librdkafka", "alpine-librdkafka"];

    static Librdkafka() => NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, Resolve);

    /// <summary>Size of the buffers that error texts are written to.</summary>
    internal const int ErrorTextBytes = 512;

    /// <summary>Result of <see cref="ConfSet"/>: no such property.</summary>
    internal const int ConfUnknown = -2;

    /// <summary>Result of <see cref="ConfSet"/>: not a value of the property.</summary>
    internal const int ConfInvalid = -1;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Name) return 0;
        _ = Library.VersionString; // Confluent.Kafka loads the library now, if it has not done so before
        var alpine = File.Exists("/etc/alpine-release");
        foreach (var build in alpine ? Builds.Reverse() : Builds)
            if (NativeLibrary.TryLoad(build, typeof(Library).Assembly, null, out var handle)) return handle;
        throw new DllNotFoundException("librdkafka, which comes with the package librdkafka.redist, is not beside the program (runtimes/<platform>/native)");
    }

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_new")]
    internal static partial nint ConfNew();

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_destroy")]
    internal static partial void ConfDestroy(nint configuration);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ConfSet(nint configuration, string name, string value, [Out] byte[] error, nuint errorBytes);

    [LibraryImport(Name, EntryPoint = "rd_kafka_new")]
    internal static partial nint New(int type, nint configuration, [Out] byte[] error, nuint errorBytes);

    [LibraryImport(Name, EntryPoint = "rd_kafka_destroy")]
    internal static partial void Destroy(nint client);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_cluster_new")]
    internal static partial nint ClusterNew(nint client, int brokers);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    internal static partial void ClusterDestroy(nint cluster);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    internal static partial nint ClusterBootstraps(EmbeddedClusterHandle cluster);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    internal static partial void GroupInitialRebalanceDelay(EmbeddedClusterHandle cluster, int milliseconds);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode TopicCreate(EmbeddedClusterHandle cluster, string topic, int partitions, int replicas);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_partition_set_leader", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode PartitionSetLeader(EmbeddedClusterHandle cluster, string topic, int partition, int broker);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_broker_set_rtt")]
    internal static partial ErrorCode BrokerSetRtt(EmbeddedClusterHandle cluster, int broker, int milliseconds);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_broker_set_down")]
    internal static partial ErrorCode BrokerSetDown(EmbeddedClusterHandle cluster, int broker);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_broker_set_up")]
    internal static partial ErrorCode BrokerSetUp(EmbeddedClusterHandle cluster, int broker);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    internal static partial void PushRequestErrors(EmbeddedClusterHandle cluster, short apiKey, nuint count, ErrorCode[] errors);

    [LibraryImport(Name, EntryPoint = "rd_kafka_mock_coordinator_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode CoordinatorSet(EmbeddedClusterHandle cluster, string keyType, string key, int broker);

    [LibraryImport(Name, EntryPoint = "rd_kafka_consumer_poll")]
    internal static partial nint ConsumerPoll(nint client, int milliseconds);

    [LibraryImport(Name, EntryPoint = "rd_kafka_message_destroy")]
    internal static partial void MessageDestroy(nint message);

    [LibraryImport(Name, EntryPoint = "rd_kafka_message_timestamp")]
    internal static partial long MessageTimestamp(nint message, out int type);

    [LibraryImport(Name, EntryPoint = "rd_kafka_message_headers")]
    internal static partial ErrorCode MessageHeaders(nint message, out nint headers);

    [LibraryImport(Name, EntryPoint = "rd_kafka_header_get_all")]
    internal static partial ErrorCode HeaderGetAll(nint headers, nuint index, out nint name, out nint value, out nuint size);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_name")]
    internal static partial nint TopicName(nint topic);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint TopicNew(nint client, string name, nint configuration);

    [LibraryImport(Name, EntryPoint = "rd_kafka_topic_destroy")]
    internal static partial void TopicDestroy(nint topic);

    [LibraryImport(Name, EntryPoint = "rd_kafka_produce")]
    internal static unsafe partial int Produce(nint topic, int partition, int flags, byte* value, nuint length, byte* key, nuint keyLength, nint opaque);

    [LibraryImport(Name, EntryPoint = "rd_kafka_produceva")]
    internal static unsafe partial nint ProduceVa(nint client, NativeArgument* arguments, nuint count);

    [LibraryImport(Name, EntryPoint = "rd_kafka_error_code")]
    internal static partial ErrorCode ErrorCodeOf(nint error);

    [LibraryImport(Name, EntryPoint = "rd_kafka_error_destroy")]
    internal static partial void ErrorDestroy(nint error);

    [LibraryImport(Name, EntryPoint = "rd_kafka_last_error")]
    internal static partial ErrorCode LastError();

    [LibraryImport(Name, EntryPoint = "rd_kafka_fatal_error")]
    internal static partial ErrorCode FatalError(nint client, [Out] byte[] error, nuint errorBytes);

    [LibraryImport(Name, EntryPoint = "rd_kafka_poll")]
    internal static partial int Poll(nint client, int milliseconds);

    [LibraryImport(Name, EntryPoint = "rd_kafka_outq_len")]
    internal static partial int OutstandingCount(nint client);

    [LibraryImport(Name, EntryPoint = "rd_kafka_flush")]
    internal static partial ErrorCode Flush(nint client, int milliseconds);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set_opaque")]
    internal static partial void ConfSetOpaque(nint configuration, nint opaque);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set_dr_msg_cb")]
    internal static unsafe partial void ConfSetReport(nint configuration, delegate* unmanaged[Cdecl]<nint, NativeMessage*, nint, void> report);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set_error_cb")]
    internal static unsafe partial void ConfSetError(nint configuration, delegate* unmanaged[Cdecl]<nint, ErrorCode, byte*, nint, void> error);

    [LibraryImport(Name, EntryPoint = "rd_kafka_conf_set_log_cb")]
    internal static unsafe partial void ConfSetLog(nint configuration, delegate* unmanaged[Cdecl]<nint, int, byte*, byte*, void> log);

    [LibraryImport(Name, EntryPoint = "rd_kafka_opaque")]
    internal static partial nint Opaque(nint client);
}
