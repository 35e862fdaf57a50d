using System.CommandLine;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using StreamSched.Client;
using StreamSched.Commands;
using StreamSched.Hosting;
using StreamSched.Kafka.Diagnostics;
using StreamSched.Kafka.Settings;
using StreamSched.Learners;
using StreamSched.Schedulers;
using StreamSched.Workers;

namespace StreamSched.Tests.Hosting;

/// <summary>What docs/operations.md and docs/settings.md say of the program.</summary>
public partial class DocumentationTests
{
    private static readonly string Operations = File.ReadAllText(Checkout.Path("docs", "operations.md"));
    private static readonly string Settings = File.ReadAllText(Checkout.Path("docs", "settings.md"));

    [Fact]
    public void Every_metric_is_listed_and_nothing_that_is_none()
    {
        HashSet<string> known = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) => { if (instrument.Meter.Name == Tracing.Name) lock (known) known.Add(instrument.Name); },
        };
        listener.Start();
        foreach (Type type in (Type[])[typeof(MessagingInstruments), typeof(DeviceInstruments)]) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        using SchedulerInstruments scheduler = new("s", () => null);
        using WorkerInstruments worker = new("w", () => null);
        using LearnerInstruments learner = new("l", () => null);
        using ProcessInstruments process = new(TimeProvider.System);
        string[] listed = [.. MetricName().Matches(Operations).Select(m => m.Groups[1].Value)];
        lock (known) Assert.Equal(known.Order(), listed.Order());
    }

    [Fact]
    public void Every_condition_is_listed_and_nothing_that_is_none()
    {
        string[] raised = [.. Directory.EnumerateFiles(Checkout.Path("src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => RaisedCode().Matches(File.ReadAllText(file))).Select(m => m.Groups[1].Value)];
        string[] listed = [.. ListedCode()
            .Matches(Operations[Operations.IndexOf("### Conditions", StringComparison.Ordinal)..Operations.IndexOf("## Metrics", StringComparison.Ordinal)])
            .Select(m => m.Groups[1].Value)];
        Assert.Equal(raised.Append("more").Distinct().Order(), listed.Order());
    }

    [Fact]
    public void Every_command_is_listed()
    {
        foreach (Command command in CommandLine.Create().Subcommands.SelectMany(c => c.Subcommands.Select(s => $"{c.Name} {s.Name}").DefaultIfEmpty(c.Name))
            .Select(n => new Command(n.Replace(' ', '_'))))
            Assert.Contains("`" + command.Name.Replace('_', ' '), Operations, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_of_log_messages_are_unique_and_their_areas_listed()
    {
        List<int> ids = [];
        foreach (Assembly assembly in (Assembly[])[typeof(KafkaSettings).Assembly, typeof(WorkerRole).Assembly])
            foreach (MethodInfo method in assembly.GetTypes()
                .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)))
                if (method.GetCustomAttribute<LoggerMessageAttribute>() is { } message) ids.Add(message.EventId);
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        foreach (int area in ids.Select(id => id / 100 * 100).Distinct()) Assert.Contains($"| {area}–{area + 99} |", Operations, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_a_settings_file_is_valid_and_every_setting_of_Kafka_is_listed()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, Example().Match(Settings).Groups[1].Value);
        SettingsFile settings = SettingsFile.Read(file);
        File.Delete(file);
        Assert.NotEmpty(settings.Links);
        Assert.NotEmpty(settings.Tasks);
        Assert.NotEmpty(settings.Users);
        foreach ((string name, _) in KafkaSettingsReader.Names)
        {
            Assert.Contains($"| `{name}` |", Settings, StringComparison.Ordinal);
        }

        Assert.Equal(KafkaSettingsReader.Names.Count, KafkaRow().Count(Settings));
    }

    [Fact]
    public void Tests_that_show_a_statement_exist()
    {
        Dictionary<string, Type[]> types = typeof(DocumentationTests).Assembly.GetTypes().GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.ToArray());
        MatchCollection named = TestName().Matches(File.ReadAllText(Checkout.Path("docs", "systems.md")));
        Assert.NotEmpty(named);
        foreach (Match match in named)
        {
            Assert.True(types.ContainsKey(match.Groups[1].Value), match.Value);
            string begin = match.Groups[2].Value;
            Assert.True(
                begin.Length == 0 || types[match.Groups[1].Value].Any(t => t.GetMethods().Any(m => m.Name.StartsWith(begin, StringComparison.Ordinal))),
                match.Value);
        }
    }

    [Fact]
    public void Every_policy_is_listed()
    {
        string policies = File.ReadAllText(Checkout.Path("docs", "policies.md"));
        foreach (StreamSched.Core.Registry.PolicyRegistration policy in StreamSched.Core.Registry.PolicyCatalogue.All)
            Assert.Contains($"`{policy.Name}`", policies, StringComparison.Ordinal);
    }

    [Fact]
    public void T5_every_part_of_the_decision_process_has_a_type_that_exists()
    {
        string[] parts = [.. MdpRow().Matches(File.ReadAllText(Checkout.Path("docs", "mdp.md"))).Select(m => m.Groups[1].Value)];
        Assert.Contains("state", parts);
        Assert.Contains("reward", parts);
        HashSet<string> types =
        [
            .. new[] { typeof(StreamSched.Core.Policies.Choice), typeof(StreamSched.Simulation.Worlds.World), typeof(StreamSched.Avro.Records.InferenceResult) }
                .SelectMany(t => t.Assembly.GetTypes()).Select(t => t.Name),
        ];
        foreach (Match row in MdpRow().Matches(File.ReadAllText(Checkout.Path("docs", "mdp.md"))))
            foreach (Match type in TypeName().Matches(row.Groups[2].Value)) Assert.Contains(type.Groups[1].Value, types);
    }

    [GeneratedRegex(@"^\| ([a-z]+) \| .* \| (.*`.*) \|$", RegexOptions.Multiline)]
    private static partial Regex MdpRow();

    [GeneratedRegex("`([A-Z][A-Za-z]+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^\| `((?:streamsched|messaging|process)\.[a-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricName();

    [GeneratedRegex(@"[Cc]onditions\.Raise(?:For)?\([^"";]*""([a-z]+(?:-[a-z]+)*)""")]
    private static partial Regex RaisedCode();

    [GeneratedRegex(@"^\| `([a-z]+(?:-[a-z]+)*)` \|", RegexOptions.Multiline)]
    private static partial Regex ListedCode();

    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+?)_?…)?`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^\| `[a-z-]+` \| `STREAMSCHED_KAFKA_", RegexOptions.Multiline)]
    private static partial Regex KafkaRow();
}
