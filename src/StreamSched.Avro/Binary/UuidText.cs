using System.Buffers;

namespace StreamSched.Avro.Binary;

/// <summary>UUIDs as the text that Avro's logical type <c>uuid</c> stores in strings (RFC 9562).</summary>
internal static class UuidText
{
    /// <summary>Characters in the text of a UUID.</summary>
    public const int Length = 36;

    /// <summary>Bytes of a UUID as an Avro string.</summary>
    public const int EncodedLength = 1 + Length;

    // Guid's own parser accepts other forms and surrounding white space, so that two texts would be one key.
    public static bool TryParse(ReadOnlySpan<byte> text, out Guid value)
    {
        value = default;
        if (text.Length != Length || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
        Span<byte> digits = stackalloc byte[32];
        text[..8].CopyTo(digits);
        text[9..13].CopyTo(digits[8..]);
        text[14..18].CopyTo(digits[12..]);
        text[19..23].CopyTo(digits[16..]);
        text[24..].CopyTo(digits[20..]);
        Span<byte> bytes = stackalloc byte[16];
        if (Convert.FromHexString(digits, bytes, out _, out _) != OperationStatus.Done) return false;
        value = new Guid(bytes, bigEndian: true);
        return true;
    }

    public static bool TryFormat(Guid value, Span<byte> destination) => value.TryFormat(destination, out _);
}
