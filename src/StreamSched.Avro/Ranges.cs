using System.Globalization;
using System.Text;

namespace StreamSched.Avro;

/// <summary>What generated checks of ranges have in common.</summary>
internal static class Ranges
{
    /// <summary>How many bytes a text takes; the count stops mattering beyond a message's size.</summary>
    public static int Utf8Length(string text) => Encoding.UTF8.GetByteCount(text);

    public static string Number<T>(string field, T value, string least, string most)
        where T : IFormattable => $"{field} is {value.ToString(null, CultureInfo.InvariantCulture)}, not within {least}..{most}";

    public static string NotFinite<T>(string field, T value)
        where T : IFormattable => $"{field} is {value.ToString(null, CultureInfo.InvariantCulture)}, not a finite number";

    public static string Length(string field, int length, int least, int most) =>
        string.Create(CultureInfo.InvariantCulture, $"{field} has length {length}, not within {least}..{most}");
}
