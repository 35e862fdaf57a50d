using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace StreamSched.Tests.Hosting;

/// <summary>How documents are laid out: lines that fit a window, links that lead somewhere, decisions and words that are found.</summary>
public partial class DocumentLayoutTests
{
    private const int MostColumns = 120;
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Fact]
    public void Documents_are_found_wherever_they_lie()
    {
        Assert.Contains("README.md", Markdown.Files);
        Assert.Contains(Path.Combine("schemas", "README.md"), Markdown.Files);
        Assert.Contains(Path.Combine("docs", "results", "evaluation-grid.md"), Markdown.Files);
        Assert.Contains(Path.Combine("docs", "decisions", "README.md"), Markdown.Files);
        Assert.DoesNotContain(Markdown.Files, file => file.StartsWith("artifacts", StringComparison.Ordinal));
    }

    [Fact]
    public void No_line_of_prose_is_longer_than_120_columns()
    {
        string[] longer =
        [
            .. Markdown.Files.SelectMany(file => Markdown.Prose(Markdown.Text(file)).Where(line => Markdown.Columns(line.Text) > MostColumns)
                .Select(line => $"{file}:{line.Number}: {Markdown.Columns(line.Text)} columns: {line.Text}")),
        ];
        Assert.True(longer.Length == 0, string.Join('\n', longer));
    }

    [Theory]
    [InlineData("[what is meant](a/very/long/path.md#and-a-part) is short", 24)]
    [InlineData("plain", 5)]
    public void A_links_target_takes_no_columns(string line, int columns) => Assert.Equal(columns, Markdown.Columns(line));

    [Fact]
    public void Code_and_tables_are_no_prose() =>
        Assert.Equal(["text", "", "more"], Markdown.Prose("text\n\n    indented\n```\nfenced\n```\n| a | b |\nmore").Select(line => line.Text));

    [Fact]
    public void Every_relative_link_leads_to_a_file_and_a_heading_that_are_there()
    {
        List<string> lost = [];
        int looked = 0;
        foreach (string document in Markdown.Files)
        {
            string text = Markdown.Text(document), folder = Path.GetDirectoryName(Checkout.Path(document))!;
            foreach ((string target, string part) in Markdown.Links(text))
            {
                if (target.Contains("://", StringComparison.Ordinal)) continue;
                looked++;
                string file = target.Length == 0 ? Checkout.Path(document) : Path.GetFullPath(Path.Combine(folder, target));
                if (!Path.Exists(file)) lost.Add($"{document}: there is no {target}");
                else if (part.Length > 0 && !(File.Exists(file) && Markdown.Anchors(File.ReadAllText(file)).Contains(part)))
                    lost.Add($"{document}: {target} has no part {part}");
            }
        }

        Assert.True(lost.Count == 0, string.Join('\n', lost));
        Assert.True(looked > 200, $"{looked} links found");
    }

    [Fact]
    public void Every_decision_has_a_status_a_date_and_its_three_parts_and_stands_once_in_the_index()
    {
        string folder = Checkout.Path("docs", "decisions"), index = Markdown.Text(Path.Combine("docs", "decisions", "README.md"));
        string[] files =
            [.. Directory.GetFiles(folder, "*.md").Select(file => Path.GetFileName(file)).Where(file => file != "README.md").Order(StringComparer.Ordinal)];
        Assert.Equal(Enumerable.Range(1, files.Length).Select(n => n.ToString("000", CultureInfo.InvariantCulture)), files.Select(file => file[..3]));
        foreach (string file in files)
        {
            string text = File.ReadAllText(Path.Combine(folder, file)), plain = Markdown.Unwrapped(text);
            Match head = Head().Match(plain);
            Assert.True(head.Success, $"{file} begins with: {plain[..Math.Min(plain.Length, 200)]}");
            Assert.Equal(file[..3], head.Groups["number"].Value);
            Assert.Equal(["context", "decision", "consequences"], Markdown.Anchors(text).Skip(1));

            // The index says the same: title, and status with what replaced it.
            Match row = Assert.Single(IndexRow().Matches(index), r => r.Groups["file"].Value == file);
            Assert.All(["number", "title", "status"], part => Assert.Equal(head.Groups[part].Value, row.Groups[part].Value));
        }
    }

    [Fact]
    public void A_decision_that_replaces_another_says_so_and_so_does_the_other()
    {
        string folder = Checkout.Path("docs", "decisions");
        Dictionary<string, string> texts = Directory.GetFiles(folder, "???-*.md")
            .ToDictionary(file => Path.GetFileName(file)[..3], file => Markdown.Unwrapped(File.ReadAllText(file)));
        int replaced = 0;
        foreach ((string number, string text) in texts)
        {
            Match status = Head().Match(text);
            string word = status.Groups["status"].Value.Split(' ')[0];
            if (word is not ("superseded" or "amended")) continue;
            string list = word == "superseded" ? "Supersedes" : "Amends";
            foreach (Match by in Number().Matches(status.Groups["status"].Value))
            {
                replaced++;
                Assert.Matches($@"- {list}: [^#]*\[{number}\]", texts[by.Groups[1].Value]);
            }
        }

        Assert.True(replaced > 3);
    }

    [Fact]
    public void What_the_glossary_names_in_the_code_is_there()
    {
        HashSet<string> known = Known();
        string glossary = Markdown.Unwrapped(Markdown.Text(Path.Combine("docs", "glossary.md")));
        string[] named = [.. Located().Matches(glossary).SelectMany(m => CodeName().Matches(m.Value)).Select(m => m.Groups[1].Value)];
        Assert.True(named.Length > 40, $"{named.Length} names found");
        Assert.All(named, name => Assert.Contains(name, known));
    }

    [Fact]
    public void What_the_map_of_the_code_names_is_there()
    {
        HashSet<string> known = Known();
        HashSet<string> files = [.. Directory.EnumerateFiles(Checkout.Path("src"), "*.cs", SearchOption.AllDirectories).Select(file => Path.GetFileName(file))];
        string map = Markdown.Text(Path.Combine("docs", "architecture.md"));
        string[] named =
        [
            .. CodeName().Matches(map).Select(m => m.Groups[1].Value)
                .Where(name => name.Contains('.') && !name.StartsWith("StreamSched.", StringComparison.Ordinal)),
        ];
        Assert.True(named.Length > 50, $"{named.Length} names found");
        Assert.All(named, name => Assert.Contains(name, known));
        Assert.All(SourceFile().Matches(map).Select(m => m.Groups[1].Value), file => Assert.Contains(file, files));
    }

    [Fact]
    public void Every_word_of_the_glossary_says_where_it_lives_in_the_code()
    {
        string text = Markdown.Text(Path.Combine("docs", "glossary.md"));
        string[] words = text.Split("\n### ")[1..];
        Assert.True(words.Length > 30);
        Assert.All(words, word => Assert.Matches(@"\*In the code:\* ", word));
    }

    // Types, and their members as Type.Member.
    private static HashSet<string> Known()
    {
        HashSet<string> known = [];
        foreach (Type type in Assemblies().SelectMany(assembly => assembly.GetTypes()))
        {
            string name = type.Name.Split('`')[0];
            known.Add(name);
            foreach (MemberInfo member in type.GetMembers(Own)) known.Add($"{name}.{member.Name}");
        }

        return known;
    }

    private static IEnumerable<Assembly> Assemblies() =>
        Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => name.StartsWith("streamsched", StringComparison.OrdinalIgnoreCase) && !name.EndsWith("Tests", StringComparison.Ordinal))
            .Select(Assembly.Load);

    [GeneratedRegex(
        @"^# (?<number>\d{3})\. (?<title>.+?) - Status: (?<status>accepted|rejected idea|superseded by .+?|amended by .+?) "
        + @"- Date: \d{4}-\d\d-\d\d - Topic: ")]
    private static partial Regex Head();

    [GeneratedRegex(@"^\| (?<number>\d{3}) \| \[(?<title>.+)\]\((?<file>[\w-]+\.md)\) \| (?<status>.+) \|$", RegexOptions.Multiline)]
    private static partial Regex IndexRow();

    [GeneratedRegex(@"\[(\d{3})\]")]
    private static partial Regex Number();

    [GeneratedRegex(@"`(\w+(?:\.\w+)?\.cs)`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"\*In the code:\* .*?(?=### |## |$)")]
    private static partial Regex Located();

    [GeneratedRegex(@"`([A-Z]\w+(?:\.[A-Z]\w+)?)`")]
    private static partial Regex CodeName();
}
