using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace StreamSched.Documents;

/// <summary>
/// The JSON that people write: settings, scenarios, manifests, interference records, policies, schemas. Everywhere the same is accepted: a byte order mark,
/// line ends of any system, comments, commas at the end; and the same refused: keys twice, keys that are not known.
/// </summary>
public static partial class UserJson
{
    /// <summary>For documents that are read key by key.</summary>
    public static JsonDocumentOptions Document { get; } = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false,
    };

    /// <summary>For going through a text token by token.</summary>
    public static JsonReaderOptions Reader { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>For files that become objects; to be copied where more is to be set.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, NumberHandling = JsonNumberHandling.Strict,
    };

    /// <summary>What is wrong with a text that is no JSON, and in which line, for messages; the parser counts lines from 0 and speaks of its own
    /// parameters.</summary>
    /// <param name="fault">What the parser threw.</param>
    public static string Fault(JsonException fault)
    {
        string what = Tail().Replace(fault.Message, "").TrimEnd('.');
        if (what.Contains("does not contain any JSON tokens", StringComparison.Ordinal)) return "is empty";
        string place = fault is { LineNumber: { } line, Path: { Length: > 1 } path } ? $"line {line + 1}, {path}"
            : fault.LineNumber is { } only ? $"line {only + 1}" : fault.Path ?? "";
        // The serializer's own words name types.
        if (what.Contains("could not be mapped", StringComparison.Ordinal)) what = "is an unknown key";
        else if (Missing().Match(what) is { Success: true } missing) what = $"lacks {missing.Groups[1].Value}";
        else if (Twice().Match(what) is { Success: true } twice) what = $"{twice.Groups[1].Value} is given a second time";
        else if (what.Contains("could not be converted", StringComparison.Ordinal)) what = "is not what belongs there";
        else what = what.Replace(", when isFinalBlock is true", "", StringComparison.Ordinal);
        return place.Length > 0 ? $"{place}: {what}" : what;
    }

    /// <summary>The text of a file in UTF-8, without its byte order mark; a mark of UTF-16 is heeded, as where files are read as text.</summary>
    /// <param name="bytes">The file's bytes.</param>
    public static ReadOnlySpan<byte> Utf8(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, .. var rest] => rest,
        [0xFF, 0xFE, .. var rest] => Encoding.UTF8.GetBytes(Encoding.Unicode.GetString(rest)),
        [0xFE, 0xFF, .. var rest] => Encoding.UTF8.GetBytes(Encoding.BigEndianUnicode.GetString(rest)),
        _ => bytes,
    };

    [GeneratedRegex(@"\s*\|?\s*(Path: .*?\s*\|\s*)?LineNumber: .*$", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Tail();

    [GeneratedRegex("^Duplicate property '([^']*)'", RegexOptions.CultureInvariant)]
    private static partial Regex Twice();

    [GeneratedRegex("missing required properties including: ([^.]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();
}
