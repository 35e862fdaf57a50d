using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using StreamSched.Commands;

namespace StreamSched.Tests.Hosting;

/// <summary>Every command line that a document shows can be given, and the documents' tables of options are complete.</summary>
public partial class DocumentedCommandsTests
{
    private static readonly string[] Documents = [.. Markdown.Present.Select(file => Checkout.Path(file))];

    [Fact]
    public void C6_Every_command_line_of_a_document_is_one()
    {
        int checkedLines = 0;
        foreach (string document in Documents)
        {
            foreach (Match match in CommandLines().Matches(File.ReadAllText(document)))
            {
                // Comments and what a shell would do with the line belong to the example, not to the command.
                string line = match.Groups["line"].Value.Split('#')[0].Split('|')[0].Trim();
                if (line.Contains('…')) continue;
                string[] arguments =
                    [.. CommandLineParser.SplitCommandLine(line).Select(argument => argument == "FILE" ? Checkout.Path("compose", "settings.json") : argument)];
                if (arguments is ["test", ..] or ["build", ..]) continue; // the start script's own
                ParseResult parsed = CommandLine.Create().Parse(arguments);

                // A command that is named without any option is meant as such, not as a line to be given.
                string[] errors = [.. parsed.Errors.Select(e => e.Message)
                    .Where(e => line.Contains(" -", StringComparison.Ordinal) || !e.Contains("required", StringComparison.OrdinalIgnoreCase))];
                Assert.True(errors.Length == 0, $"{Path.GetFileName(document)}: {line}: {string.Join("; ", errors)}");
                checkedLines++;
            }
        }

        Assert.True(checkedLines > 30, $"{checkedLines} lines found");
    }

    [Fact]
    public void C6_The_table_of_a_devices_options_is_complete()
    {
        string table = File.ReadAllText(Checkout.Path("docs", "devices.md"));
        HashSet<string> general = [.. Command("send").Options.Intersect(Command("status").Options).Select(o => o.Name), "--log-level", "--bootstrap",
            "--prefix", "--kafka", "--help", "--id", "--task"];
        Assert.All(Command("device").Options.Select(o => o.Name).Except(general), option => Assert.Contains($"`{option}", table, StringComparison.Ordinal));

        HashSet<string> known = [.. Command("device").Options.Select(o => o.Name), .. Command("send").Options.Select(o => o.Name)];
        Assert.All(OptionName().Matches(table).Select(m => m.Groups[1].Value), option => Assert.Contains(option, known));
    }

    [Fact]
    public void C6_Json_means_one_thing_and_its_file_another()
    {
        (string Name, Command Command)[] all = [.. CommandLine.Create().Subcommands.SelectMany(c => c.Subcommands.DefaultIfEmpty(c).Select(s => (c.Name, s)))];
        Assert.All(all, c => Assert.DoesNotContain(c.Command.Options, o => o.Name == "--json" && o.ValueType != typeof(bool)));
        string[] files = [.. all.Where(c => c.Command.Options.Any(o => o.Name == "--json-file")).Select(c => c.Name).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["bench", "demo", "simulate"], files);
        Assert.All(all.Where(c => files.Contains(c.Name)), c => Assert.Equal(2, c.Command.Options.Count(o => o.Name is "--json" or "--json-file")));
        Assert.Contains(
            "`simulate`, `bench` and `demo` write it to a file as well (`--json-file FILE`)", Markdown.Unwrapped(Markdown.Text("docs/operations.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void C6_Files_that_documents_name_are_there()
    {
        foreach (string document in Documents)
            foreach (Match path in Paths().Matches(File.ReadAllText(document)))
                Assert.True(Path.Exists(Checkout.Path(path.Groups[1].Value)), $"{Path.GetFileName(document)}: {path.Value}");
    }

    [Fact]
    public void C6_Every_part_of_the_library_that_learns_is_there()
    {
        string[] parts = [.. LibraryParts().Matches(File.ReadAllText(Checkout.Path("docs", "learning.md"))).Select(m => m.Groups[1].Value)];
        Assert.True(parts.Length > 10);
        Assert.All(parts, part => Assert.True(File.Exists(Checkout.Path("src", "StreamSched." + part + ".cs")), part));
    }

    private static Command Command(string name) => CommandLine.Create().Subcommands.First(c => c.Name == name);

    // In code spans, and as whole lines of code blocks, with what a shell may set before them.
    [GeneratedRegex(@"(?:^    |`)(?:[A-Z_]+=\S+ )*(?:\./)?streamsched (?<line>[a-z][^`\n]*)", RegexOptions.Multiline)]
    private static partial Regex CommandLines();

    [GeneratedRegex(@"`((?:src|tests|models|scenarios|eng|samples|schemas|compose|docs)/[\w./-]+)`")]
    private static partial Regex Paths();

    [GeneratedRegex("`((?:Core|Learning)/[A-Z][A-Za-z]+/[A-Z][A-Za-z]+)`")]
    private static partial Regex LibraryParts();

    [GeneratedRegex("`(--[a-z-]+)")]
    private static partial Regex OptionName();
}
