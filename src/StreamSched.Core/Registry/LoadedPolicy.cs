using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Documents;

namespace StreamSched.Core.Registry;

/// <summary>A policy as it was read from a file, of whichever form; makes one policy per scheduler.</summary>
public sealed class LoadedPolicy
{
    private LoadedPolicy(byte[] bytes, PolicyMetadata metadata, PolicyFile? file, RuleConstants? constants) =>
        (Bytes, Metadata, File, Constants, Support, Digest) = (bytes, metadata, file, constants, PolicySupport.Read(metadata), PolicyDigest.Of(bytes));

    /// <summary>The file as it is.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What it says of itself.</summary>
    public PolicyMetadata Metadata { get; }

    /// <summary>The network and its metadata; null: a policy of constants alone.</summary>
    public PolicyFile? File { get; }

    /// <summary>Constants of the rule that come with it; null: the scheduler's own.</summary>
    public RuleConstants? Constants { get; }

    /// <summary>Where a log supports it, and who decides elsewhere; null: it decides everywhere.</summary>
    public PolicySupport? Support { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="PolicyFileException">It is damaged, or not for this build.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LoadedPolicy Load(string path)
    {
        byte[] bytes = UserFile.ReadBytes(path, PolicyFile.MaxBytes);
        try
        {
            return Parse(bytes);
        }
        catch (PolicyFileException exception)
        {
            throw new PolicyFileException($"'{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Reads the bytes of a file: ONNX for a policy with a network, JSON for one of constants.</summary>
    /// <param name="bytes">The bytes; kept.</param>
    /// <exception cref="PolicyFileException">They are damaged, or not for this build.</exception>
    public static LoadedPolicy Parse(byte[] bytes)
    {
        if (ConstantsFile.IsOne(bytes))
        {
            ConstantsFile constants = ConstantsFile.Parse(bytes);
            if (constants.Metadata.Name != PolicyNames.Price)
                throw new PolicyFileException($"constants alone make no policy '{constants.Metadata.Name}', only '{PolicyNames.Price}'");
            return new LoadedPolicy(bytes, constants.Metadata, null, constants.Constants);
        }

        PolicyFile file = PolicyFile.Parse(bytes);
        PolicyCatalogue.Create(file); // so that what is wrong is said here, and not when a scheduler takes it up
        return new LoadedPolicy(bytes, file.Metadata, file, RuleConstantsText.Read(file.Metadata));
    }

    /// <summary>SHA-256 of the file.</summary>
    public ReadOnlyMemory<byte> Digest { get; }

    /// <summary>Makes the policy for one scheduler.</summary>
    public PreparedPolicy Prepare()
    {
        ISchedulingPolicy own = File is null ? PolicyCatalogue.Create(Metadata.Name, Constants!.Price) : PolicyCatalogue.Create(File);
        return new PreparedPolicy(Support?.Around(own, Constants) ?? own, Constants, Digest);
    }
}
