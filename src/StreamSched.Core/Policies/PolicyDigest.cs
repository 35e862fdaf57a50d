using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamSched.Core.Policies;

/// <summary>What names a version of a policy for good: the SHA-256 of its file, or of its name and parameters where it has none.</summary>
public static class PolicyDigest
{
    /// <summary>How many bytes of it stand in records of decisions.</summary>
    public const int ShortLength = 8;

    /// <summary>That of a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(ReadOnlySpan<byte> file) => SHA256.HashData(file);

    /// <summary>That of a policy without a file: of the lines name, key=value (keys in ordinal order, shortest digits that read back), each with its line
    /// feed.</summary>
    /// <param name="name">Its name in the catalogue.</param>
    /// <param name="parameters">Those that were published with it.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Of(string name, IReadOnlyDictionary<string, double>? parameters = null)
    {
        StringBuilder text = new(name + "\n");
        foreach ((string key, double value) in (parameters ?? new Dictionary<string, double>()).OrderBy(p => p.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{key}={value:R}\n");
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
