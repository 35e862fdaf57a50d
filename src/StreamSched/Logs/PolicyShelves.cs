using StreamSched.Administration;
using StreamSched.Analysis.Replays;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Files;
using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Kafka.Topics;
using StreamSched.Rollouts;

namespace StreamSched.Logs;

/// <summary>Where the policies that took a log's decisions are found: the catalogue, the files that come with the program, those that a user names, and the
/// published versions.</summary>
internal static class PolicyShelves
{
    /// <summary>Fills a shelf.</summary>
    /// <param name="published">Published versions.</param>
    /// <param name="files">More files: policies, or versions that were exported.</param>
    /// <exception cref="UsageException">A file cannot be used.</exception>
    public static PolicyShelf Of(IReadOnlyCollection<PolicySnapshot> published, IReadOnlyList<string> files)
    {
        PolicyShelf shelf = new();
        foreach (string file in files)
        {
            if (Path.GetExtension(file) == ".avro") AddVersions(shelf, file);
            else shelf.Add(PolicySource.Load(file, "--policies").File!);
        }

        foreach (string file in PolicySource.ShippedFiles)
        {
            try
            {
                shelf.Add(LoadedPolicy.Load(file));
            }
            catch (PolicyFileException)
            {
                // A file of another build beside ours is nobody's version here.
            }
        }

        foreach (PolicySnapshot version in published) Add(shelf, version, version.Digest!);
        return shelf;
    }

    /// <summary>The versions that are published where a log is; none where it is in files.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="log">The log.</param>
    public static IReadOnlyCollection<PolicySnapshot> Published(CommandContext context, RecordedLog log) => log.IsFiles
        ? [] : ClusterSnapshot.Read(context.Kafka(), context.Loggers, context.Time, context.Stop, TopicCatalogue.Policies).Policies.Versions;

    private static void AddVersions(PolicyShelf shelf, string file)
    {
        using Stream stream = UserFile.Open(file, long.MaxValue);
        if (!ContainerReader.TryOpen(stream, PolicySnapshot.Schema, out ContainerReader? reader, out AvroFault fault))
            throw new UsageException($"--policies: '{file}' holds no versions of policies: {fault}");
        while (reader.TryRead(out ReadOnlySpan<byte> body, out fault))
        {
            if (!PolicySnapshot.TryDecode(body, out PolicySnapshot? version, out fault)) break;
            byte[] digest = PolicyRecords.DigestOf(version);
            if (version.Digest is { } told && !told.AsSpan().SequenceEqual(digest))
                throw new UsageException($"--policies: '{file}': {version.Name} v{version.Version} is not what its digest says");
            Add(shelf, version, digest);
        }

        if (fault.Kind != AvroFaultKind.None) throw new UsageException($"--policies: '{file}' is damaged: {fault}");
    }

    // One that this build cannot make is there, and cannot be asked.
    private static void Add(PolicyShelf shelf, PolicySnapshot version, byte[] digest)
    {
        string? refusal;
        try
        {
            if (version.Model is { } model)
            {
                shelf.Add(LoadedPolicy.Parse(model));
                return;
            }

            refusal = PublishedPolicy.Prepare(version, new PriceParameters(), out _);
        }
        catch (PolicyFileException exception)
        {
            refusal = exception.Message;
        }

        shelf.Add(digest, refusal is not null
            ? new RecordedPolicy(version.Kind, null, $"{version.Name} v{version.Version} cannot be read: {refusal}")
            : PolicyShelf.Of(version.Kind, price => PublishedPolicy.Prepare(version, price, out PreparedPolicy? prepared) is { } odd
                ? throw new InvalidOperationException(odd) : prepared!));
    }
}
