using System.Collections.Concurrent;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamSched.Documents;
using StreamSched.Hosting;
using StreamSched.Kafka.Settings;

namespace StreamSched.Tests.Commands;

/// <summary>Files that commands read, and variables of the environment, with what nobody means in them.</summary>
public sealed partial class HostileFileTests : IDisposable
{
    private const string Small = "{ \"extends\": \"small.json\", ";

    // Who reads a file, and how a command is led to it.
    private static readonly Dictionary<string, Func<HostileFolder.Place, string, string[]>> Readers = new()
    {
        ["settings"] = (_, file) => ["scheduler", "--settings", file, "--bootstrap", "127.0.0.1:1"],
        ["policy"] = (_, file) => ["scheduler", "--policy", file, "--bootstrap", "127.0.0.1:1"],
        ["scenario"] = (folder, file) => ["simulate", "-s", file, "--html", folder.Path],
        ["base of a scenario"] = (folder, file) => Scenario(folder, "{ \"extends\": \"FILE\" }", file),
        ["catalogue"] = (folder, file) => Scenario(folder, Small + "\"catalogue\": \"FILE\" }", file),
        ["arrivals"] = (folder, file) => Scenario(folder, Small + "\"arrivals\": [{ \"kind\": \"trace\", \"file\": \"FILE\" }] }", file),
        ["bandwidth"] = (folder, file) => Scenario(folder, Small + "\"links\": { \"local\": { \"delay_ms\": 1, \"trace\": \"FILE\" } } }", file),
        ["topology"] = (folder, file) => Scenario(folder, "{ \"extends\": \"aset.json\", \"topology\": { \"file\": \"FILE\" } }", file),
        ["times"] = (folder, file) =>
            ["device", "--id", "d", "--task", "t", "--frames", folder.Write("one.grey", "x"), "--trace", file, "--bootstrap", "127.0.0.1:1"],
        ["labels"] = (_, file) => ["device", "--id", "d", "--task", "t", "--frames", Checkout.Path("models", "frames", "digits-599-images-idx3-ubyte.gz"),
            "--labels", file, "--bootstrap", "127.0.0.1:1"],
        ["frames"] = (folder, file) => ["device", "--id", "d", "--task", "t", "--frames", Link(folder, file, "odd-idx3-ubyte"), "--bootstrap", "127.0.0.1:1"],
        ["packed frames"] = (folder, file) => ["send", Link(folder, file, "odd-idx3-ubyte.gz"), "--task", "t", "--bootstrap", "127.0.0.1:1"],
        ["schemas"] = (folder, file) => ["tail", "requests", "--schemas",
            Path.GetDirectoryName(Link(folder, file, Path.Combine(Directory.CreateDirectory(folder.Of("schemas")).FullName, "odd.avsc")))!,
            "--bootstrap", "127.0.0.1:1"],
        ["password"] = (_, file) => ["status", "--bootstrap", "127.0.0.1:1", "--kafka", "security-protocol=SaslPlaintext", "sasl-mechanism=Plain",
            "sasl-username=u", $"sasl-password-file={file}"],
        ["certificates"] = (_, file) => ["status", "--bootstrap", "127.0.0.1:1", "--kafka", "security-protocol=Ssl", $"ssl-ca={file}"],
        ["key"] = (_, file) => ["status", "--bootstrap", "127.0.0.1:1", "--kafka", "security-protocol=Ssl", $"ssl-certificate={file}", $"ssl-key={file}"],
        ["checkpoint"] = (folder, file) =>
            ["train", "price", "-s", "small", "--out", Link(folder, file, "policy.checkpoint")[..^".checkpoint".Length], "--resume", "--log-level", "None"],
        ["loads"] = (folder, file) => ["experiment", "ecsrl", "--cells", "no such", "--out", Path.GetDirectoryName(Link(
            folder, file, Path.Combine(Directory.CreateDirectory(folder.Of("results")).FullName, "unit-loads.json")))!],
    };

    private static readonly Lazy<RootCommand> Root = new(StreamSched.Commands.CommandLine.Create);

    private readonly HostileFolder _folder = new();

    [Fact]
    public async Task C7_Whatever_a_file_holds_its_reader_says_it_in_a_line()
    {
        List<(string Reader, string File)> runs =
        [
            .. from reader in Readers.Keys from file in _folder.Paths select (reader, file),
            .. from odd in Odd() from reader in odd.Readers select (reader, odd.File),
        ];
        if (_folder.HasPipe) runs.AddRange(Readers.Keys.Select(reader => (reader, _folder.NewPipe())));
        ConcurrentBag<string> problems = [];
        await Parallel.ForEachAsync(
            runs, new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = TestContext.Current.CancellationToken }, async (run, cancellation) =>
            {
                using HostileFolder.Place place = _folder.NewPlace();
                string[] arguments = Readers[run.Reader](place, run.File);
                StringWriter output = new(), error = new();
                try
                {
                    int code = await Task.Factory.StartNew(
                        () => StreamSched.Commands.CommandLine.RunAsync(() => Root.Value, arguments, output, error, new CancellationToken(canceled: true)),
                        cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                        .Unwrap().WaitAsync(TimeSpan.FromSeconds(60), cancellation);
                    if (Refusal.Fault(code, output.ToString(), error.ToString(), mostLines: 25) is { } fault)
                        problems.Add($"{run.Reader} of {Path.GetFileName(run.File)}: {fault}: {error}");
                }
                catch (TimeoutException)
                {
                    problems.Add($"{run.Reader} of {Path.GetFileName(run.File)}: has not ended after 60 s");
                }
            });
        Assert.True(problems.IsEmpty, string.Join('\n', problems.Order().Take(60)));
    }

    [Fact]
    public async Task C5_Whatever_stands_at_a_key_of_the_settings_file_is_said_with_its_place()
    {
        string[] values =
        [
            "null", "true", "\"\"", "\"[red]x[/]\"", "\"\\u001b[31m\"", "\"a\\nb\"", "-1", "1e999", "-1e400", "1e-320", "99999999999999999999999999", "NaN",
            "[]", "{}", "[[]]", "{\"x\": 1}", "{\"\": {\"\": 0}}", "\"\\ud800\"", $"\"{new string('x', 100_000)}\"", new string('[', 60) + new string(']', 60),
            new string('[', 70) + new string(']', 70),
        ];
        List<string> problems = [];
        foreach (string template in Templates())
        {
            foreach (string value in values)
            {
                string file = _folder.Write("settings.json", template.Replace("VALUE", value, StringComparison.Ordinal));
                StringWriter output = new(), error = new();
                int code = await StreamSched.Commands.CommandLine.RunAsync(
                    () => Root.Value, ["scheduler", "--settings", file, "--bootstrap", "127.0.0.1:1"], output, error, new CancellationToken(canceled: true));
                if (Refusal.Fault(code, output.ToString(), error.ToString(), mostLines: 5) is { } fault)
                    problems.Add($"{template} with {value[..Math.Min(40, value.Length)]}: {fault}: {error}");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems.Take(60)));
    }

    [Fact]
    public void C5_Whatever_a_variable_of_the_environment_holds_is_a_setting_or_a_line()
    {
        string[] values =
        [
            "-", "99999999999999999999999999", "-1", "0", "NaN", "1e999", "1e999s", "-1s", "[red]x[/]", "\u001b[31mx", "a\nb", "\u202egnp", "\ud800",
            new string('a', 100_000), "/etc/passwd", ",", ":", "a:1,b", "[::1]:99999", "Plaintext,Ssl", "7",
            .. _folder.Paths, .. _folder.HasPipe ? [_folder.NewPipe()] : Array.Empty<string>(),
        ];
        List<string> problems = [];
        foreach ((string name, _) in KafkaSettingsReader.Names.Append(("librdkafka.", "")).Append(("librdkafka.debug", ""))
            .Append(("librdkafka.socket.timeout.ms", "")))
        {
            string variable = KafkaSettingsReader.EnvironmentPrefix + name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
            foreach (string value in values)
            {
                StringWriter error = new();
                try
                {
                    KafkaSettingsReader.Read(
                        new Dictionary<string, string> { ["bootstrap"] = "localhost:9092" }, new Dictionary<string, string> { [variable] = value },
                        line => error.WriteLine(Printable.Message(line)));
                }
                catch (KafkaSettingsException exception)
                {
                    foreach (string problem in exception.Problems) error.WriteLine(Printable.Message(problem));
                }

                if (Refusal.Fault(0, "", error.ToString(), mostLines: 3) is { } fault)
                    problems.Add($"{variable}={value[..Math.Min(40, value.Length)]}: {fault}: {error}");
            }
        }

        foreach (string variable in (string[])["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_EXPORTER",
            "OTEL_METRICS_EXPORTER", "OTEL_SDK_DISABLED"])
        {
            foreach (string value in values)
            {
                string told = string.Join('\n', OpenTelemetryExport.Problems(name => name == variable ? value : null).Select(Printable.Message));
                if (Refusal.Fault(0, "", told, mostLines: 2) is { } fault) problems.Add($"{variable}={value[..Math.Min(40, value.Length)]}: {fault}: {told}");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems.Take(60)));
    }

    [Fact]
    public async Task C5_A_folder_of_schemas_is_looked_at_before_anything_begins()
    {
        string empty = Directory.CreateDirectory(_folder.Of("no-schemas")).FullName, broken = Directory.CreateDirectory(_folder.Of("broken-schemas")).FullName;
        File.WriteAllText(Path.Combine(broken, "broken.avsc"), "{ \"type\": \"record\" }");
        foreach (string[] role in (string[][])[["scheduler"], ["worker", "--id", "w"]])
        {
            foreach ((string folder, string? said) in ((string, string?)[])[(_folder.Of("missing"), "there is no folder"), (_folder.Of("passwd"), "is a file"),
                (broken, "broken.avsc is not an Avro schema"), (empty, null)])
            {
                (int code, _, string error) = await Cli.RunAsync(
                    new CancellationToken(canceled: true), [.. role, "--schemas", folder, "--bootstrap", "127.0.0.1:1", "--log-level", "None"]);
                Assert.Equal(said is null ? 0 : 2, code); // without a fault it is the order to end that ends it
                if (said is null) continue;
                Assert.Contains(said, error, StringComparison.Ordinal);
                Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    [Fact]
    public void C7_Files_that_users_name_are_opened_in_one_place()
    {
        // What these read has a name that no user chose, or a check of its own before it.
        string[] others = ["RaplCounter.cs", "MachineDescription.cs", "ModelFiles.cs", "ThreadTimes.cs", "RunConditions.cs", "Provenance.cs",
            "SchemaCatalogue.cs", "UserFile.cs"];
        string[] files = [.. Directory.GetFiles(Checkout.Path("src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !others.Contains(Path.GetFileName(f)) && Opens().IsMatch(File.ReadAllText(f)))];
        Assert.Empty(files);
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex(@"\bFile\.(ReadAll\w+|ReadLines\w*|OpenRead|OpenText|OpenHandle|Open)\(|new FileStream\(|new FileInfo\([^)]*\)\.Length")]
    private static partial Regex Opens();

    // Files that nearly are what is asked for, with those who read such files.
    private IEnumerable<(string[] Readers, string File)> Odd()
    {
        string[] lines = ["arrivals", "bandwidth", "times"], graphs = ["topology"], certificates = ["certificates", "key", "password"],
            arrays = ["frames", "packed frames", "labels"];
        string[] documents = ["settings", "policy", "scenario", "base of a scenario", "catalogue", "loads", "schemas"];
        (string[], string)[] texts =
        [
            .. ((string[])
            [
                "time_s\n1\n2\n", "\uFEFFtime_s\r\n1\r\n2\r\n", "time_s,time_s\n1,2\n", "time_s\n2\n1\n", "time_s\nNaN\n", "time_s\n1e999\n", "time_s\n-1\n",
                "time_s;app\n1;a\n", "\"time_s\n1\n", "time_s,app\n1,\u001b[31m\n", "start_s,rate_per_s\n0,1e300\n", "start_s,rate_per_s\n0,0\n",
                "start_s\n0\n", "1 2\n1 2\n", "1 1e308\n2 1e308\n", "a b\n", "time_s\n" + new string('1', 2_000_000),
                new string('\n', 100_000),
            ]).Select(text => (lines, text)),
            .. ((string[])
            [
                "graph [ node [ id 1 Latitude 1 Longitude 1 ] node [ id 1 Latitude NaN Longitude 1e999 ] ]",
                "graph [ node [ id 99999999999 Latitude 1 Longitude 1 ] ]",
                "graph [ node [ id 1 label \"\u001b[31m[red]\" Latitude 1 Longitude 1 ] node [ id 2 Latitude 2 Longitude 2 ] edge [ source 1 target 2 ] ]",
                new string(']', 1000) + new string('[', 1000),
                "graph [ " + string.Concat(Enumerable.Range(0, 3000).Select(i => $"node [ id {i} Latitude {i % 90} Longitude {i % 180} ] ")) + "]",
            ]).Select(text => (graphs, text)),
            .. ((string[])
            [
                "{}", "[]", "null", "{\"\u001b[31m\": 1}", "{\"extends\": \"\\u0000\"}", "{\"extends\": \"" + new string('x', 5000) + "\"}", "{\"extends\": 1}",
                "{\"\\ud800\": \"\\udc00\"}", "{\"a\": NaN}", "{\"name\": \"price\", \"version\": \"x\", \"constants\": {}}",
                "{\"name\": \"price\", \"constants\": {\"temperature\": 1e999}}",
                "{\"name\": \"[red]\", \"version\": 99999999999, \"constants\": {\"x\": \"NaN\"}}", "{\"type\": \"record\", \"name\": \"x\", \"fields\": [{}]}",
                "{\"sites\": [" + string.Join(',', Enumerable.Range(0, 3000).Select(i => $"{{\"name\": \"s{i}\"}}")) + "]}",
                "{\"extends\": \"small.json\", \"arrivals\": [{\"kind\": \"poisson\", \"rate_per_s\": 1e300}]}", "{\"extends\": \"small.json\", \"workers\": ["
                    + string.Join(',', Enumerable.Repeat("{\"class\": \"pi5\", \"at\": \"home\", \"count\": 1000}", 100)) + "]}",
            ]).Select(text => (documents, text)),
            (certificates, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            (certificates, "-----BEGIN CERTIFICATE-----\n" + new string('A', 1_000_000)), (certificates, "\u001b[31m\n"),
            (arrays, "\0\0\u0008\u0003\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f"), (arrays, "\0\0\u0008\u0001\0\0\0\u0001"),
            (arrays, "\0\0\u0008\u0003\0\0\0\0"), (["checkpoint"], "SSCK\u0001\0\0\0\u007f\u007f\u007f\u007f"),
        ];
        for (int i = 0; i < texts.Length; i++) yield return (texts[i].Item1, _folder.Write($"odd-{i}", texts[i].Item2));
        File.WriteAllText(_folder.Of("odd-utf16"), "{ \"value\": \"latency\" }", Encoding.Unicode);
        yield return (documents, _folder.Of("odd-utf16"));
        File.WriteAllBytes(_folder.Of("odd-gzip"), [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4]);
        yield return (arrays, _folder.Of("odd-gzip"));
    }

    // A document for each key that the reader of settings looks for.
    private static IEnumerable<string> Templates()
    {
        DocumentErrors errors = new();
        using (JsonDocument document = JsonDocument.Parse("{\"links\": [{}], \"local\": {}, \"other\": {}, \"tasks\": {\"t\": {}}, \"users\": {\"u\": {}}}"))
            SettingsFile.Read(new DocumentNode(document.RootElement, "", errors));
        foreach ((string kind, HashSet<string> keys) in errors.Keys)
        {
            string around = kind switch
            {
                "settings" => "{0}",
                "link" => "{\"links\": [{0}]}",
                "task" => "{\"tasks\": {\"t\": {0}}}",
                "user" => "{\"users\": {\"u\": {0}}}",
                _ => throw new InvalidOperationException($"say where a '{kind}' stands in the settings"),
            };
            foreach (string key in keys) yield return around.Replace("{0}", $"{{\"{key}\": VALUE}}", StringComparison.Ordinal);
        }

        yield return "VALUE";
        yield return "{\"tasks\": {\"t\": VALUE}}";
        yield return "{\"users\": {\"\\u001b[31m\": VALUE}}";
        yield return "{\"\\u001b[31m[red]\": VALUE}";
    }

    private static string[] Scenario(HostileFolder.Place folder, string text, string file) =>
        ["simulate", "-s", folder.Write("scenario.json", text.Replace("FILE", JsonEncodedText.Encode(file).ToString(), StringComparison.Ordinal)),
            "--html", folder.Path];

    // Readers that go by a file's name.
    private static string Link(HostileFolder.Place folder, string file, string name)
    {
        string link = Path.Combine(folder.Path, name);
        File.Delete(link);
        File.CreateSymbolicLink(link, file);
        return link;
    }
}
