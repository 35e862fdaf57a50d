using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamSched.Core.Documents;

/// <summary>
/// The JSON that people write: settings, scenarios, manifests, interference records, policies, schemas. Everywhere the same is accepted: a byte order mark, line ends of any system, comments, commas
/// at the end; and the same refused: keys twice, keys that are not known.
/// </summary>
public static class UserJson
{
    /// <summary>For documents that are read key by key.</summary>
    public static JsonDocumentOptions Document { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>For going through a text token by token.</summary>
    public static JsonReaderOptions Reader { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>For files that become objects; to be copied where more is to be set.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true, NumberHandling = JsonNumberHandling.Strict,
    };

    /// <summary>The text of a file in UTF-8, without its byte order mark; a mark of UTF-16 is heeded, as where files are read as text.</summary>
    /// <param name="bytes">The file's bytes.</param>
    public static ReadOnlySpan<byte> Utf8(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, .. var rest] => rest,
        [0xFF, 0xFE, .. var rest] => Encoding.UTF8.GetBytes(Encoding.Unicode.GetString(rest)),
        [0xFE, 0xFF, .. var rest] => Encoding.UTF8.GetBytes(Encoding.BigEndianUnicode.GetString(rest)),
        _ => bytes,
    };
}
