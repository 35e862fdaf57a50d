using System.Text;
using System.Text.RegularExpressions;
using StreamSched.Core.PolicyFiles;
using StreamSched.Hosting;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Profiling;
using StreamSched.Simulation.ScenarioFiles;

namespace StreamSched.Tests.Core;

/// <summary>All files of JSON that people write, read with the same eyes.</summary>
public partial class UserJsonTests
{
    private static readonly Dictionary<string, (Func<string> Text, Action<string> Read)> Files = new()
    {
        ["manifest"] = (() => File.ReadAllText(Checkout.Path("models", "digits-xs.json")), path => ManifestReader.Read(path, File.ReadAllBytes(path))),
        ["interference"] = (Interference, path => InterferenceFolder.Read(path)),
        ["settings"] = (() => "{ \"links\": [ { \"from\": \"a\", \"to\": \"b\", \"latencyMs\": 5 } ] }", path => SettingsFile.Read(path)),
        ["scenario"] = (() => File.ReadAllText(Checkout.Path("scenarios", "small.json")), path => ScenarioFile.Load(path)),
        ["policy"] = (() => File.ReadAllText(Checkout.Path("models", "policies", "price.json")), path => ConstantsFile.Parse(File.ReadAllBytes(path))),
    };

    public static TheoryData<string> Kinds => [.. Files.Keys];

    [Theory, MemberData(nameof(Kinds))]
    public void C7_Marks_line_ends_comments_and_last_commas_are_accepted_and_repeated_keys_are_not(string kind)
    {
        (Func<string> text, Action<string> read) = Files[kind];
        string plain = text();
        string[] accepted =
        [
            plain, "\uFEFF" + plain, plain.ReplaceLineEndings("\r\n"), "// mine\r\n" + plain + "\n/* the end */\n", LastComma().Replace(plain, ",$0"),
            "\uFEFF/* mine */" + LastComma().Replace(plain.ReplaceLineEndings("\r\n"), ",$0"),
        ];
        string folder = Path.GetDirectoryName(Checkout.Path(kind == "scenario" ? "scenarios/small.json" : "models/digits-xs.json"))!;
        string file = Path.Combine(Directory.CreateTempSubdirectory("streamsched-json-").FullName, "file.json");
        if (kind == "scenario")
            foreach (string beside in Directory.GetDirectories(folder))
                Directory.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileName(beside)), beside);
        foreach (string variant in accepted)
        {
            File.WriteAllText(file, variant, new UTF8Encoding(false));
            read(file);
        }

        File.WriteAllText(file, plain, Encoding.Unicode);
        read(file);
        string key = FirstKey().Match(plain).Value;
        File.WriteAllText(file, plain.Insert(plain.IndexOf('{', StringComparison.Ordinal) + 1, $" {key}: null, {key}: null, "));
        Assert.ThrowsAny<Exception>(() => read(file));
        File.WriteAllText(file, plain.Insert(plain.IndexOf('{', StringComparison.Ordinal) + 1, " \"misspelt\": 1, "));
        Assert.ThrowsAny<Exception>(() => read(file));
    }

    private static string Interference() => System.Text.Json.JsonSerializer.Serialize(
        new InterferenceRecord
        {
            Format = 1, A = "a", B = "b", DigestA = "00", DigestB = "00", Size = 1, Machine = new MachineDescription("cpu", 1, "os", "net", "ort"),
            Provider = "cpu", Threads = 1, LoadBefore = null, Began = DateTimeOffset.UnixEpoch, Ended = DateTimeOffset.UnixEpoch, Rounds = 1, Seed = 1,
            Cells =
            [
                .. from variant in (string[])["a", "b"] from m in (int[])[0, 1] from r in (int[])[0, 1]
                   select new InterferenceCell
                   {
                       Variant = variant, CoRunnerA = m, CoRunnerB = r, Factor = 1, MedianMicros = 1, Samples = 1, RunsPerSample = 1, SamplesMicros = [1],
                   },
            ],
        },
        StreamSched.Onnx.Profiling.InterferenceJson.Default.InterferenceRecord);

    [GeneratedRegex(@"(?<=[\]}""\d\w])\s*[\]}](?!.*[\]}""])", RegexOptions.Singleline)]
    private static partial Regex LastComma();

    [GeneratedRegex(@"""\w+""")]
    private static partial Regex FirstKey();
}
