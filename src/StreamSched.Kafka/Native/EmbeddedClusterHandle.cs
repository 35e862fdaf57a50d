using System.Runtime.InteropServices;
using System.Text;

namespace StreamSched.Kafka.Native;

/// <summary>Owns librdkafka's in-process cluster and the client instance that it lives on.</summary>
internal sealed class EmbeddedClusterHandle : SafeHandle
{
    private const int Producer = 0;
    private nint _client;

    internal EmbeddedClusterHandle() : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    internal static EmbeddedClusterHandle Create(int brokers)
    {
        var configuration = Librdkafka.ConfNew();
        var error = new byte[Librdkafka.ErrorTextBytes];
        // Only errors: the instance has no bootstrap servers of its own and would say so at every start.
        _ = Librdkafka.ConfSet(configuration, "log_level", "2", error, Librdkafka.ErrorTextBytes);
        var result = new EmbeddedClusterHandle { _client = Librdkafka.New(Producer, configuration, error, Librdkafka.ErrorTextBytes) };
        if (result._client == 0)
        {
            Librdkafka.ConfDestroy(configuration);
            throw new InvalidOperationException("the embedded cluster could not be made: " + Encoding.UTF8.GetString(error).TrimEnd('\0'));
        }

        result.SetHandle(Librdkafka.ClusterNew(result._client, brokers));
        if (!result.IsInvalid) return result;
        Librdkafka.Destroy(result._client);
        throw new InvalidOperationException("the embedded cluster could not listen on loopback");
    }

    protected override bool ReleaseHandle()
    {
        Librdkafka.ClusterDestroy(handle);
        Librdkafka.Destroy(_client);
        return true;
    }
}
