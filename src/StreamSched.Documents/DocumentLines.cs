using System.Text;
using System.Text.Json;

namespace StreamSched.Documents;

/// <summary>In which line of a JSON text each of its parts begins, and which keys it repeats.</summary>
public sealed class DocumentLines
{
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>Reads a text.</summary>
    /// <param name="text">A JSON text.</param>
    /// <param name="options">How strictly it is read.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public DocumentLines(string text, JsonReaderOptions options)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Utf8JsonReader reader = new(bytes, options);
        Stack<(string Path, int Next)> open = [];
        string path = "";
        int line = 1;
        long counted = 0;
        while (reader.Read())
        {
            line += bytes.AsSpan((int)counted, (int)(reader.TokenStartIndex - counted)).Count((byte)'\n');
            counted = reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    string key = Text(ref reader, line);
                    path = open.Peek().Path.Length == 0 ? key : $"{open.Peek().Path}.{key}";
                    if (!_lines.TryAdd(path, line) && !Repeated.Exists(r => path.StartsWith(r.Path + ".", StringComparison.Ordinal)))
                        Repeated.Add((path, line));
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    continue;
            }

            if (reader.TokenType == JsonTokenType.String) Text(ref reader, line);

            // A value: of a key, whose path stands already, or the next one of an array.
            string place = path;
            if (open.TryPeek(out (string Path, int Next) around) && around.Next >= 0)
            {
                open.Pop();
                open.Push((around.Path, around.Next + 1));
                place = $"{around.Path}[{around.Next}]";
                _lines.TryAdd(place, line);
            }

            if (reader.TokenType == JsonTokenType.StartObject) open.Push((place, -1));
            if (reader.TokenType == JsonTokenType.StartArray) open.Push((place, 0));
        }
    }

    // Escapes may spell half of a character of two halves, which is no text.
    private static string Text(ref Utf8JsonReader reader, int line)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new JsonException("a text holds an escape that is no character", null, line - 1, null, fault);
        }
    }

    /// <summary>Paths that stand more than once, each with the line of the later one; what is within them is not named again.</summary>
    public List<(string Path, int Line)> Repeated { get; } = [];

    /// <summary>The line of a part, or of the smallest one around it that there is: a missing key has none.</summary>
    /// <param name="path">Its path; empty: the document.</param>
    public int Of(string path)
    {
        int line;
        while (!_lines.TryGetValue(path, out line) && path.Length > 0) path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        return Math.Max(1, line);
    }
}
