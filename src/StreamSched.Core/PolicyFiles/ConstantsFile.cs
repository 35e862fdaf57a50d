using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using StreamSched.Core.Policies;
using StreamSched.Documents;

namespace StreamSched.Core.PolicyFiles;

/// <summary>A policy that is a few constants and no network, as JSON: what a trained price rule is, readable and to be changed by hand.</summary>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="Constants">The constants.</param>
public sealed record ConstantsFile(PolicyMetadata Metadata, RuleConstants Constants)
{
    private static readonly JsonSerializerOptions Json = new(UserJson.Options)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether bytes look like such a file.</summary>
    /// <param name="bytes">The bytes.</param>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => UserJson.Utf8(bytes).TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'/', ..];

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="PolicyFileException">Something is wrong with them.</exception>
    public static ConstantsFile Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Document document = JsonSerializer.Deserialize<Document>(UserJson.Utf8(bytes), Json) ?? throw new PolicyFileException("the file is empty");
            PolicyMetadata metadata = new()
            {
                Name = document.Name, Version = document.Version, Scenarios = document.Scenarios ?? [], Seeds = document.Seeds ?? [],
                Figures = document.Figures ?? [], Notes = document.Notes ?? [],
            };
            return new ConstantsFile(metadata, RuleConstantsText.Read(document.Constants));
        }
        catch (JsonException exception)
        {
            throw new PolicyFileException(UserJson.Fault(exception), exception);
        }
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(
        new Document
        {
            Name = Metadata.Name, Version = Metadata.Version, Constants = new(RuleConstantsText.Write(Constants)), Scenarios = [.. Metadata.Scenarios],
            Seeds = [.. Metadata.Seeds], Figures = new(Metadata.MeasuredFigures), Notes = new(Metadata.Notes),
        },
        Json);

    private sealed record Document
    {
        public required string Name { get; init; }

        public int Version { get; init; }

        public required Dictionary<string, double> Constants { get; init; }

        public string[]? Scenarios { get; init; }

        public ulong[]? Seeds { get; init; }

        public Dictionary<string, double>? Figures { get; init; }

        public Dictionary<string, string>? Notes { get; init; }
    }
}
