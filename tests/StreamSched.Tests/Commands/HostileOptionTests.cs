using System.Collections.Concurrent;
using System.CommandLine;
using System.CommandLine.Help;
using StreamSched.Commands;

namespace StreamSched.Tests.Commands;

/// <summary>
/// Every command with every option and argument, as the registry of commands has them, given what nobody means. What a command needs besides, and what ends it
/// before it begins anything long, stands in <see cref="Lines"/>; the commands are told to end from the start.
/// </summary>
public sealed class HostileOptionTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const int NumbersFirst = 15;

    // Values of options whose faults show when the command runs, since only then is known what is to be written or read where.
    private static readonly string[] NotParsed =
    [
        "--out", "--html", "--json-file", "--trace", "--frames", "--labels", "FILE", "--cells", "--models", "--policies",
    ];

    private readonly HostileFolder _folder = new();
    private readonly RootCommand _root = CommandLine.Create();
    private readonly HashSet<string> _before = [.. Directory.EnumerateFileSystemEntries(".")];

    [Fact]
    public async Task C5_No_value_of_any_option_yields_more_than_a_line()
    {
        List<(string Name, string[] Arguments)> runs = [];
        HashSet<Symbol> seen = [];
        foreach (Leaf leaf in Leaves())
        {
            foreach (Option option in Options(leaf))
            {
                // The same option of many commands is tried with one of them.
                foreach (string value in seen.Add(option) ? ValuesOf(option) : Values.Take(2))
                {
                    runs.Add((leaf.Name, [.. Around(leaf, option.Name), $"{option.Name}={value}"]));
                    if (value is "" or "-" or "-1" or "\u001b[31mx") runs.Add((leaf.Name, [.. Around(leaf, option.Name), option.Name, value]));
                }

                runs.Add((leaf.Name, [.. Around(leaf, option.Name), option.Name])); // no value
                runs.Add((leaf.Name, [.. Around(leaf, option.Name), $"{option.Name}=1", $"{option.Name}=2"]));
                if (option.Required) runs.Add((leaf.Name, Around(leaf, option.Name)));
            }

            foreach (Argument argument in leaf.Command.Arguments)
            {
                runs.AddRange(Values.Select(value => (leaf.Name, (string[])[.. Around(leaf, argument.Name), value])));
                runs.Add((leaf.Name, Around(leaf, argument.Name)));
            }

            runs.AddRange(Values.Take(4).Select(value => (leaf.Name, (string[])[.. Around(leaf, ""), value, "--no-such-option", value])));
        }

        await TryAsync(runs);
    }

    [Fact]
    public async Task C5_A_pipe_that_nobody_writes_holds_no_command_up()
    {
        Assert.SkipUnless(_folder.HasPipe, "this system makes no named pipes");
        HashSet<Symbol> seen = [];
        await TryAsync(
        [
            .. from leaf in Leaves() from option in Options(leaf) where seen.Add(option)
                select (leaf.Name, (string[])[.. Around(leaf, option.Name), $"{option.Name}={_folder.NewPipe()}"]),
            .. from leaf in Leaves() from argument in leaf.Command.Arguments select (leaf.Name, (string[])[.. Around(leaf, argument.Name), _folder.NewPipe()]),
            .. ((string[])["ssl-ca", "ssl-key", "ssl-certificate", "sasl-password-file"])
                .Select(setting => ("status", (string[])["status", "--kafka", "security-protocol=SaslSsl", "--kafka", $"{setting}={_folder.NewPipe()}"])),
        ]);
    }

    [Fact]
    public async Task C5_All_wrong_options_of_a_command_are_told_at_once()
    {
        List<string> problems = [];
        foreach (Leaf leaf in Leaves())
        {
            List<string> together = [];
            HashSet<string> expected = [];
            foreach (Option option in Options(leaf).Where(o => !NotParsed.Contains(o.Name)))
            {
                string[]? bad = null;
                foreach (string value in (string[])["", new string('x', 5000), "no such"])
                {
                    string[] wrong = [$"{option.Name}={value}"];
                    (int code, _, string error) = await RunAsync([.. Around(leaf, option.Name), .. wrong]);
                    if (code != 2) continue;
                    bad = wrong;
                    expected.UnionWith(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                    break;
                }

                if (bad is null) problems.Add($"{leaf.Name} {option.Name}: nothing is refused");
                else together.AddRange(bad);
            }

            (int end, _, string told) = await RunAsync([.. leaf.Path, .. leaf.Line.Arguments.Select(a => a.Value), .. together]);
            if (end != 2) problems.Add($"{leaf.Name}: exit code {end}");
            problems.AddRange(expected.Except(told.Split('\n'))
                .Select(missing => $"{leaf.Name}: is not told beside others: {Short(missing)}, but: {Short(told)}"));
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems.Take(40)));

        static string Short(string text) => text[..Math.Min(200, text.Length)];
    }

    public void Dispose()
    {
        _folder.Dispose();
        foreach (string made in Directory.EnumerateFileSystemEntries(".").Where(entry => !_before.Contains(entry) && IsOurs(Path.GetFileName(entry))))
        {
            if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
            else File.Delete(made);
        }
    }

    // Relative names among the values, where a command made a file or a folder of it.
    private bool IsOurs(string name) => Values.Any(value =>
        value.Length > 0 && !Path.IsPathRooted(value) && name.StartsWith(value.Split('/')[0], StringComparison.Ordinal) && value.Length < 100);

    private string[] Values =>
    [
        "", "-", "\u001b[31mx", "[red]x[/]", "--", "99999999999999999999999999", "-1", "0", "NaN", "1e999", "0x10", "1,,2", "a\nb", "\ud800",
        new string('a', 100_000), "a,a", "a=b=c", ":", "..", "~", "%s%n", "$(id)", "[/]", "\u009b31m", "a\rb", "a\tb", "\u0001\u0007\b\u007f", "\u202egnp.x",
        "é", Path.GetRelativePath(".", _folder.Of("etc/passwd")), "127.0.0.1:99999",
        string.Join(',', Enumerable.Range(1, 20_000)), "x#99999999999", "file:///etc/passwd", "//",
        .. _folder.Paths,
    ];

    // What is read as a number is read by one parser; paths and the like say nothing more about it.
    private IEnumerable<string> ValuesOf(Option option) => option.ValueType == typeof(bool) ? Values.Take(4)
        : option.ValueType.IsPrimitive || Nullable.GetUnderlyingType(option.ValueType) is not null ? Values.Take(NumbersFirst) : Values;

    private Dictionary<string, Line> Lines
    {
        get
        {
            string frame = _folder.Write("frame.grey", new string('x', 784)), ended = "--json-file=" + _folder.Path;
            (string, string)[] nobody = [("--bootstrap", "127.0.0.1:1"), ("--kafka", "connect-timeout=1s"), ("--log-level", "None")];
            return new Dictionary<string, Line>
            {
                ["demo"] = new([], [], ended),
                ["scheduler"] = new([], nobody),
                ["learner"] = new([], nobody),
                ["worker"] = new([], [("--id", "w"), .. nobody]),
                ["worker list"] = new([], nobody),
                ["worker drain"] = new([("ID", "w")], nobody),
                ["worker forget"] = new([("ID", "w")], nobody),
                ["device"] = new([], [("--id", "d"), ("--task", "t"), ("--frames", frame), .. nobody]),
                ["send"] = new([("FILE", frame)], [("--task", "t"), .. nobody]),
                ["status"] = new([], nobody),
                ["tail"] = new([("TOPIC", "requests")], nobody),
                ["replay"] = new([], nobody),
                ["export"] = new([], [("--out", _folder.Of("exported")), .. nobody]),
                ["evaluate"] = new([], [("--policy", "price"), .. nobody]),
                ["twin"] = new([], [("--out", _folder.Of("twin")), .. nobody]),
                ["policy list"] = new([], []),
                ["policy show"] = new([], nobody),
                ["policy history"] = new([], nobody),
                ["policy use"] = new([("NAME", "price")], nobody),
                ["policy rollout"] = new([], nobody),
                ["policy freeze"] = new([], nobody),
                ["policy promote"] = new([], nobody),
                ["policy roll-back"] = new([], nobody),
                ["topics check"] = new([], nobody),
                ["topics create"] = new([], nobody),
                ["dead-letters list"] = new([], nobody),
                ["dead-letters replay"] = new([("OFFSET", "0")], nobody),
                ["profile"] = new([], [("--pair", "digits-xs,digits-s"), ("--seconds", "0.001"), ("--out", _folder.Of("matrices"))]),
                ["bench route"] = new([], [], ended),
                ["bench linger"] = new([], [], ended),
                ["bench decide"] = new([], [], ended),
                ["bench codec"] = new([], [], ended),
                ["bench simulate"] = new([], [], ended),
                ["bench network"] = new([], [], ended),
                ["bench analysis"] = new([], [], ended),
                ["bench cartpole"] = new([], [], ended),
                ["bench calibration"] = new([], [("--scenario", "small")], ended),
                ["simulate"] = new([], [("--scenario", "small")], "--html=" + _folder.Path),
                ["train"] = new([("KIND", "price")], [("--scenario", "small"), ("--out", _folder.Of("none")), ("--from-log", "true"), .. nobody]),
                ["experiment"] = new([("NAME", "ecsrl")], [("--out", _folder.Of("passwd"))]),
            };
        }
    }

    private IEnumerable<Leaf> Leaves() => Leaves(_root, []);

    private IEnumerable<Leaf> Leaves(Command command, string[] path)
    {
        string name = string.Join(' ', path);
        if (command.Action is not null)
            yield return new Leaf(name, path, command, Lines.TryGetValue(name, out Line? line)
                ? line : throw new InvalidOperationException($"add '{name}' to {nameof(Lines)}: what it needs, and what ends it"));
        foreach (Command inner in command.Subcommands)
            foreach (Leaf leaf in Leaves(inner, [.. path, inner.Name])) yield return leaf;
    }

    private static IEnumerable<Option> Options(Leaf leaf) => leaf.Command.Options.Where(o => o is not (HelpOption or VersionOption));

    // The command line without one option or argument, which stands at the end then.
    private static string[] Around(Leaf leaf, string without) =>
    [
        .. leaf.Path, .. leaf.Line.Arguments.Where(a => a.Key != without).Select(a => a.Value),
        .. leaf.Line.Options.Where(o => o.Key != without).SelectMany(o => (string[])[o.Key, o.Value]),
        .. leaf.Line.End is { } end && !end.StartsWith(without + "=", StringComparison.Ordinal) ? [end]
            : leaf.Line.End is null ? Array.Empty<string>() : ["--log-level", "loud"],
    ];

    private async Task TryAsync(List<(string Name, string[] Arguments)> runs)
    {
        ConcurrentBag<string> problems = [];
        await Parallel.ForEachAsync(
            runs, new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = TestContext.Current.CancellationToken }, async (run, cancellation) =>
            {
                string shown = string.Join(' ', run.Arguments.Select(a => a.Length > 60 ? a[..60] + "…" : a)).ReplaceLineEndings("⏎");
                try
                {
                    (int code, string output, string error) = await Task.Factory.StartNew(
                        () => RunAsync(run.Arguments), cancellation, TaskCreationOptions.LongRunning,
                        TaskScheduler.Default).Unwrap().WaitAsync(Limit, cancellation);
                    if (Refusal.Fault(code, output, error, mostLines: 6) is { } fault)
                        problems.Add($"{shown}: {fault}: {error[..Math.Min(300, error.Length)]}");
                }
                catch (TimeoutException)
                {
                    problems.Add($"{shown}: has not ended after {Limit.TotalSeconds} s");
                }
            });
        Assert.True(problems.IsEmpty, $"{problems.Count} of {runs.Count}:\n{string.Join('\n', problems.Order().Take(60))}");
    }

    private async Task<(int Code, string Out, string Error)> RunAsync(string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(() => _root, arguments, output, error, new CancellationToken(canceled: true));
        return (code, output.ToString(), error.ToString());
    }

    private sealed record Leaf(string Name, string[] Path, Command Command, Line Line);

    private sealed class Line((string Name, string Value)[] arguments, (string Name, string Value)[] options, string? end = null)
    {
        public (string Key, string Value)[] Arguments => arguments;

        public (string Key, string Value)[] Options => options;

        /// <summary>An option that ends the command before it begins its work; null: that it is told to end is enough.</summary>
        public string? End => end;
    }
}
