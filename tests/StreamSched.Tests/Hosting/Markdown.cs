using System.Text.RegularExpressions;

namespace StreamSched.Tests.Hosting;

/// <summary>The documents of the checkout, as the tests that hold them to the code read them.</summary>
internal static partial class Markdown
{
    private static readonly string[] Outside = [".git", "artifacts", "node_modules", "bin", "obj"];

    /// <summary>Every document, by its path from the root of the checkout.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Below(Checkout.Path()).Select(file => Path.GetRelativePath(Checkout.Path(), file)).Order(StringComparer.Ordinal)];

    /// <summary>Those that say how things are; decisions and the changelog say how they were when they were written.</summary>
    public static IReadOnlyList<string> Present { get; } =
        [.. Files.Where(file => file != "CHANGELOG.md" && !file.StartsWith(Path.Combine("docs", "decisions"), StringComparison.Ordinal))];

    public static string Text(string file) => File.ReadAllText(Checkout.Path(file));

    /// <summary>A document in one line: sentences are found however they are wrapped.</summary>
    public static string Unwrapped(string text) => Space().Replace(text, " ");

    /// <summary>The anchors of a document's headings, as GitHub makes them.</summary>
    public static IReadOnlyList<string> Anchors(string text) =>
        [.. Heading().Matches(text).Select(h => NoAnchor().Replace(h.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    /// <summary>Where a document's links lead, those in code left out: a file or an address, and the part of it that is meant.</summary>
    public static IReadOnlyList<(string Target, string Part)> Links(string text) =>
    [
        .. Link().Matches(CodeSpan().Replace(string.Join('\n', Prose(text, withTables: true).Select(line => line.Text)), ""))
            .Select(m => (m.Groups["file"].Value, m.Groups["part"].Value)),
    ];

    /// <summary>Lines that are no code and, unless asked for, no table, with their numbers.</summary>
    public static IEnumerable<(int Number, string Text)> Prose(string text, bool withTables = false)
    {
        bool fenced = false;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            else if (fenced || lines[i].StartsWith("    ", StringComparison.Ordinal)) continue;
            else if (withTables || !lines[i].StartsWith('|')) yield return (i + 1, lines[i]);
        }
    }

    /// <summary>Columns that a reader sees of a line: the targets of its links do not count.</summary>
    public static int Columns(string line) => Target().Replace(line, "]").Length;

    private static IEnumerable<string> Below(string folder) =>
        Directory.GetFiles(folder, "*.md")
            .Concat(Directory.GetDirectories(folder).Where(sub => !Outside.Contains(Path.GetFileName(sub))).SelectMany(Below));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"\]\((?<file>[^)#\s]*)(?:#(?<part>[^)]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\([^)]*\)")]
    private static partial Regex Target();
}
