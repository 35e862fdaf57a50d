using System.Text;

namespace StreamSched.Analysis.Replays;

/// <summary>Texts that come again and again in a log, without a string for each record.</summary>
internal sealed class TextCache
{
    private const int Most = 64;
    private readonly List<(byte[] Utf8, string Text)> _known = [];

    /// <summary>A text.</summary>
    /// <param name="utf8">Its bytes.</param>
    public string Of(ReadOnlySpan<byte> utf8)
    {
        foreach ((byte[] known, string text) in _known)
            if (utf8.SequenceEqual(known)) return text;
        string read = Encoding.UTF8.GetString(utf8);
        if (_known.Count < Most) _known.Add((utf8.ToArray(), read));
        return read;
    }
}
