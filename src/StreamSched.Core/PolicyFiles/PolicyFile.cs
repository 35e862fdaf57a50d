using StreamSched.Core.Networks;
using StreamSched.Documents;

namespace StreamSched.Core.PolicyFiles;

/// <summary>
/// A policy as an ONNX file (operators of opset 17): <c>features</c> [batch, inputs] to <c>scores</c> [batch, outputs], and with memory <c>context</c> [batch,
/// n] and <c>state</c> [batch, units] to <c>next_state</c> [batch, units]. What the policy says of itself stands in the file's metadata under
/// <c>streamsched.*</c>.
/// </summary>
public sealed class PolicyFile
{
    internal const string FeaturesName = "features", ScoresName = "scores", ContextName = "context", StateName = "state", NextStateName = "next_state";

    internal const long MaxBytes = 1 << 27;

    /// <summary>A policy.</summary>
    /// <param name="network">From features to scores.</param>
    /// <param name="metadata">What it says of itself.</param>
    /// <param name="memory">From context and state to the next state; null: no memory.</param>
    /// <param name="readsMemory">Whether the network's features are the next state itself; else the caller hands it the state among its features.</param>
    /// <exception cref="ArgumentException">The network reads a memory of another size, or none.</exception>
    public PolicyFile(Network network, PolicyMetadata metadata, GruCell? memory = null, bool readsMemory = false)
    {
        if (readsMemory && memory?.Units != network.Shape.Inputs)
            throw new ArgumentException("the network does not fit the memory that it reads", nameof(readsMemory));
        (Network, Metadata, Memory, ReadsMemory) = (network, metadata, memory, readsMemory);
    }

    /// <summary>From features to scores.</summary>
    public Network Network { get; }

    /// <summary>What it says of itself.</summary>
    public PolicyMetadata Metadata { get; }

    /// <summary>From context and state to the next state; null: no memory.</summary>
    public GruCell? Memory { get; }

    /// <summary>Whether the network's features are the next state itself.</summary>
    public bool ReadsMemory { get; }

    /// <summary>Reads a file, of this program or of another (PyTorch's exporter, say).</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="PolicyFileException">It is damaged, or holds something else than a network that is understood.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PolicyFile Load(string path)
    {
        byte[] bytes = UserFile.ReadBytes(path, MaxBytes);
        try
        {
            return Parse(bytes);
        }
        catch (PolicyFileException exception)
        {
            throw new PolicyFileException($"'{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="PolicyFileException">They are damaged, or hold something else than a network that is understood.</exception>
    public static PolicyFile Parse(ReadOnlySpan<byte> bytes)
    {
        OnnxModel model = OnnxModel.Parse(bytes);
        (Network network, GruCell? memory, bool readsMemory) = OnnxPolicyReader.Read(model);
        PolicyMetadata metadata = PolicyMetadataText.Read(model.Metadata);
        if (metadata.Features.Count > 0 && metadata.Features.Count != network.Shape.Inputs)
            throw new PolicyFileException($"the file names {metadata.Features.Count} features, and its network has {network.Shape.Inputs} inputs");
        return new PolicyFile(network, metadata, memory, readsMemory);
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes() => OnnxPolicyWriter.Write(this);

    /// <summary>Writes the file; one that is there is replaced at once and whole.</summary>
    /// <param name="path">Its path.</param>
    public void Save(string path) => UserFile.Replace(path, ToBytes());
}
