using System.Buffers.Binary;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;

namespace StreamSched.Analysis.Replays;

/// <summary>The policies that a log may name by the first bytes of their digests: those of the catalogue, files, and published versions.</summary>
internal sealed class PolicyShelf
{
    private readonly Dictionary<ulong, RecordedPolicy> _policies = [];
    private readonly Dictionary<string, RecordedPolicy> _builtIn = new(StringComparer.Ordinal);

    /// <summary>Begins with the policies of the catalogue that need no file.</summary>
    public PolicyShelf()
    {
        foreach (PolicyRegistration registration in PolicyCatalogue.BuiltIn)
        {
            RecordedPolicy policy = Of(registration.Name, price => new PreparedPolicy(PolicyCatalogue.Create(registration.Name, price)));
            _builtIn.Add(registration.Name, policy);
            Add(PolicyDigest.Of(registration.Name), policy);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _policies.Count;

    /// <summary>Adds a file.</summary>
    /// <param name="file">The file.</param>
    public void Add(LoadedPolicy file) => Add(file.Digest.Span, Of(file));

    /// <summary>Adds a published version. One that this build cannot read is there, and cannot be asked.</summary>
    /// <param name="version">The version.</param>
    /// <param name="digest">Its SHA-256.</param>
    public void Add(PolicySnapshot version, ReadOnlySpan<byte> digest)
    {
        if (version.Model is not { } model)
        {
            Add(digest, Of(version.Kind, price => new PreparedPolicy(PolicyCatalogue.Create(version.Kind, new PriceParameters
            {
                Hazard = price.Hazard, Temperature = (float)version.Parameters.GetValueOrDefault("temperature", price.Temperature),
                RejectScore = (float)version.Parameters.GetValueOrDefault("rejectScore", price.RejectScore),
            }))));
            return;
        }

        try
        {
            Add(digest, Of(LoadedPolicy.Parse(model)));
        }
        catch (PolicyFileException exception)
        {
            Add(digest, new RecordedPolicy(version.Kind, null, $"{version.Name} v{version.Version} cannot be read: {exception.Message}"));
        }
    }

    /// <summary>Adds a policy under another digest, as where it was prepared without one.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="digest">First bytes of the digest that records tell.</param>
    public void Add(RecordedPolicy policy, ReadOnlySpan<byte> digest) => Add(digest, policy);

    /// <summary>The policy of a file, to be asked what it would do.</summary>
    /// <param name="file">The file.</param>
    public static RecordedPolicy Of(LoadedPolicy file) => Of(file.Metadata.Name, _ => file.Prepare());

    /// <summary>A policy of the catalogue that needs no file; null: there is none of this name.</summary>
    /// <param name="name">Its name.</param>
    public RecordedPolicy? BuiltIn(string name) => _builtIn.GetValueOrDefault(name);

    /// <summary>Finds one.</summary>
    /// <param name="digest">First bytes of its digest.</param>
    public RecordedPolicy? Find(ReadOnlySpan<byte> digest) =>
        digest.Length < PolicyDigest.ShortLength ? null : _policies.GetValueOrDefault(BinaryPrimitives.ReadUInt64BigEndian(digest));

    private static RecordedPolicy Of(string kind, Func<PriceParameters, PreparedPolicy> make)
    {
        string? refusal = PolicyCatalogue.Find(kind) is not { } registration ? $"this build knows no policy '{kind}'"
            : !registration.IsReplayable || make(new PriceParameters()).Policy is ILearningPolicy
                ? $"'{kind}' remembers or looks at more than records hold" : null;
        return new RecordedPolicy(kind, refusal is null ? make : null, refusal);
    }

    private void Add(ReadOnlySpan<byte> digest, RecordedPolicy policy) => _policies.TryAdd(BinaryPrimitives.ReadUInt64BigEndian(digest), policy);
}
