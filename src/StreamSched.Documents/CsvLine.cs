using System.Text;

namespace StreamSched.Documents;

/// <summary>
/// A line of the CSV that people write, as RFC 4180 has it: cells between commas, in quotes where they hold commas or quotes. Byte order marks and line ends of
/// any system are the business of who reads the lines; a cell in quotes ends in its line.
/// </summary>
public static class CsvLine
{
    private const string Semicolons = "cells must be separated by commas, and these are by semicolons";

    /// <summary>The cells, without the blanks around them.</summary>
    /// <param name="text">The line, without its end.</param>
    /// <exception cref="FormatException">Quotes are not as they should be, or the cells lie between semicolons; the message says so.</exception>
    public static string[] Split(string text)
    {
        List<string> cells = [];
        StringBuilder quoted = new();
        int at = 0;
        while (true)
        {
            while (at < text.Length && text[at] is (' ' or '\t')) at++;
            if (at < text.Length && text[at] == '"')
            {
                quoted.Clear();
                for (at++; ; at++)
                {
                    if (at >= text.Length) throw new FormatException("a quote is not closed in its line");
                    if (text[at] != '"') quoted.Append(text[at]);
                    else if (at + 1 < text.Length && text[at + 1] == '"') quoted.Append(text[at++]);
                    else break;
                }

                cells.Add(quoted.ToString());
                int end = Next(text, ++at);
                if (!text.AsSpan(at, end - at).IsWhiteSpace())
                    throw new FormatException(text.AsSpan(at, end - at).TrimStart() is [';', ..] ? Semicolons : "behind a closed quote there must be a comma");
                at = end;
            }
            else
            {
                int end = Next(text, at);
                cells.Add(text[at..end].Trim());
                at = end;
            }

            if (at >= text.Length) break;
            at++;
        }

        return cells is [var only] && only.Contains(';', StringComparison.Ordinal) ? throw new FormatException(Semicolons) : [.. cells];
    }

    private static int Next(string text, int from) => text.IndexOf(',', from) is >= 0 and int comma ? comma : text.Length;
}
