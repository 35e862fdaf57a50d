using System.Globalization;
using System.Text;

namespace StreamSched.Hosting;

/// <summary>
/// Makes text from outside (names, reasons, values) harmless where it leaves the program for a terminal or a log: what could move a cursor, colour, reorder,
/// hide or begin a line is shown as <c>\u001b</c>. Tables, log lines, errors and plain output all go through here; JSON has its own escapes.
/// </summary>
internal static class Printable
{
    private const int LongestMessage = 2000;

    /// <summary>Text as one line.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The same instance where nothing has to be escaped.</returns>
    public static string Line(string text) => Escape(text, keepLines: false);

    /// <summary>Text as one line that a person can read: what is too long loses its middle.</summary>
    /// <param name="text">Any text.</param>
    public static string Message(string text)
    {
        string line = Line(text);
        return line.Length <= LongestMessage
            ? line : $"{line[..(LongestMessage / 2)]} … ({line.Length - LongestMessage} characters left out) … {line[^(LongestMessage / 2)..]}";
    }

    /// <summary>Writes text with names from outside in it, which cannot begin another line.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="text">What becomes one line.</param>
    public static void WriteOneLine(this TextWriter writer, string text) => writer.WriteLine(Line(text));

    /// <inheritdoc cref="WriteOneLine"/>
    public static Task WriteOneLineAsync(this TextWriter writer, string text) => writer.WriteLineAsync(Line(text));

    /// <summary>Text whose line feeds and tabs are the program's own.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The same instance where nothing has to be escaped.</returns>
    public static string Lines(string text) => Escape(text, keepLines: true);

    /// <summary>Whether a character must not reach a terminal as it is.</summary>
    /// <param name="rune">A Unicode scalar value.</param>
    public static bool IsHarmful(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static string Escape(string text, bool keepLines)
    {
        StringBuilder? escaped = null;
        for (int at = 0; at < text.Length;)
        {
            bool whole = Rune.TryGetRuneAt(text, at, out Rune rune);
            int length = whole ? rune.Utf16SequenceLength : 1;
            bool harmless = whole && (!IsHarmful(rune) || (keepLines && rune.Value is '\n' or '\t'));
            if (!harmless)
            {
                escaped ??= new StringBuilder(text, 0, at, text.Length + 16);
                for (int i = at; i < at + length; i++) escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                escaped?.Append(text, at, length);
            }

            at += length;
        }

        return escaped?.ToString() ?? text;
    }
}
