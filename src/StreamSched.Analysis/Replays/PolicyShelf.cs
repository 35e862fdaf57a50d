using System.Buffers.Binary;
using StreamSched.Core.Policies;
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
            RecordedPolicy policy = OfCatalogue(registration.Name);
            _builtIn.Add(registration.Name, policy);
            Add(PolicyDigest.Of(registration.Name), policy);
        }
    }

    /// <summary>Adds a file.</summary>
    /// <param name="file">The file.</param>
    public void Add(LoadedPolicy file) => Add(file.Digest.Span, Of(file));

    /// <summary>Adds a policy.</summary>
    /// <param name="digest">Its digest, or the first bytes of it.</param>
    /// <param name="policy">The policy. Where another one has this digest already, that one stays.</param>
    public void Add(ReadOnlySpan<byte> digest, RecordedPolicy policy) => _policies.TryAdd(BinaryPrimitives.ReadUInt64BigEndian(digest), policy);

    /// <summary>The policy of a file, to be asked what it would do.</summary>
    /// <param name="file">The file.</param>
    public static RecordedPolicy Of(LoadedPolicy file)
    {
        string kind = file.Metadata.Name;
        return Made(file, Of(kind, _ => file.Prepare()).Refusal ?? Elsewhere(file)?.Refusal);
    }

    /// <summary>The same as the file has it, without what it would learn while it serves: to be asked what it would do, not what it did.</summary>
    /// <param name="file">The file.</param>
    public static RecordedPolicy AsItIs(LoadedPolicy file)
    {
        RecordedPolicy policy = Of(file);
        string? elsewhere = file.Support?.File is { } baseline ? AsItIs(baseline).Refusal : Elsewhere(file)?.Refusal;
        bool isAsked = elsewhere is null && PolicyCatalogue.Find(policy.Kind) is { IsAskable: true } or { IsReplayable: true };
        return isAsked ? Made(file, null) : policy;
    }

    /// <summary>A policy of the catalogue that knows nothing yet, to be asked what it would do.</summary>
    /// <param name="name">Its name.</param>
    public static RecordedPolicy AsItBegins(string name) => new(name, Maker(name), null);

    /// <summary>A policy of the catalogue that needs no file; null: there is none of this name.</summary>
    /// <param name="name">Its name.</param>
    public RecordedPolicy? BuiltIn(string name) => _builtIn.GetValueOrDefault(name);

    /// <summary>Finds one.</summary>
    /// <param name="digest">First bytes of its digest.</param>
    public RecordedPolicy? Find(ReadOnlySpan<byte> digest) =>
        digest.Length < PolicyDigest.ShortLength ? null : _policies.GetValueOrDefault(BinaryPrimitives.ReadUInt64BigEndian(digest));

    // Who decides where a log does not support the file.
    private static RecordedPolicy? Elsewhere(LoadedPolicy file) =>
        file.Support is not { } support ? null : support.File is { } baseline ? Of(baseline) : OfCatalogue(support.Name!);

    private static RecordedPolicy Made(LoadedPolicy file, string? refusal) => new(file.Metadata.Name, _ => file.Prepare(), refusal) { File = file };

    private static RecordedPolicy OfCatalogue(string name) => Of(name, Maker(name));

    private static Func<PriceParameters, PreparedPolicy> Maker(string name) => price => new PreparedPolicy(PolicyCatalogue.Create(name, price));

    /// <summary>A policy that is made anew for other parameters of the price rule.</summary>
    /// <param name="kind">The registered policy that it is of.</param>
    /// <param name="make">Makes it.</param>
    public static RecordedPolicy Of(string kind, Func<PriceParameters, PreparedPolicy> make)
    {
        if (PolicyCatalogue.Find(kind) is not { } registration) return new RecordedPolicy(kind, null, $"this build knows no policy '{kind}'");
        bool remembers = !registration.IsReplayable || make(new PriceParameters()).Policy is ILearningPolicy;
        return new RecordedPolicy(kind, make, remembers ? $"'{kind}' remembers or looks at more than records hold" : null);
    }
}
