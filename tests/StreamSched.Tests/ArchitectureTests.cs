using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace StreamSched.Tests;

/// <summary>Which project may know which, and which folder which: the walls of the layout (docs/architecture.md).</summary>
public partial class ArchitectureTests
{
    private static readonly string[] Projects =
        [
            "StreamSched.Core", "StreamSched.Documents", "StreamSched.Avro", "StreamSched.Learning", "StreamSched.Simulation", "StreamSched.Kafka",
            "StreamSched.Client", "StreamSched.Onnx", "StreamSched.Analysis", "StreamSched",
        ];

    private static readonly Lazy<Architecture> Built = new(() => new ArchLoader().LoadAssemblies([.. Projects.Select(Load)]).Build());

    public static TheoryData<string> All => [.. Projects];

    [Theory]
    [InlineData("StreamSched.Core", "StreamSched.Documents")]
    [InlineData("StreamSched.Avro", "Avro", "Newtonsoft.Json")]
    [InlineData("StreamSched.Documents")]
    [InlineData("StreamSched.Learning", "StreamSched.Core", "StreamSched.Documents", "Google.Protobuf")]
    [InlineData("StreamSched.Simulation", "StreamSched.Core", "StreamSched.Documents", "StreamSched.Learning")]
    [InlineData("StreamSched.Analysis", "StreamSched.Core", "StreamSched.Avro", "StreamSched.Learning", "StreamSched.Simulation", "Parquet")]
    [InlineData("StreamSched.Kafka", "StreamSched.Avro", "StreamSched.Documents", "Confluent.Kafka", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData("StreamSched.Client", "StreamSched.Avro", "StreamSched.Kafka", "Confluent.Kafka", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData(
        "StreamSched.Onnx", "StreamSched.Core", "StreamSched.Documents", "Microsoft.ML.OnnxRuntime", "StbImageSharp",
        "Microsoft.Extensions.Logging.Abstractions")]
    public void A_library_knows_the_base_library_and_what_it_is_for(string name, params string[] allowed)
    {
        string[] known =
            [.. Load(name).GetReferencedAssemblies().Select(a => a.Name!).Where(n => !n.StartsWith("System", StringComparison.Ordinal) && n != "netstandard")];
        Assert.Empty(known.Except(allowed));
    }

    [Theory, MemberData(nameof(All))]
    public void A_namespace_is_its_folder(string project)
    {
        string root = Checkout.Path("src", project);
        List<string> wrong = [];
        foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!);
            string expected = folder == "." ? project : $"{project}.{folder.Replace(Path.DirectorySeparatorChar, '.')}";
            Match found = NamespaceLine().Match(File.ReadAllText(file));
            if (found.Success && found.Groups[1].Value != expected) wrong.Add($"{Path.GetRelativePath(root, file)} is in {found.Groups[1].Value}");
        }

        Assert.Empty(wrong);
    }

    [Theory, MemberData(nameof(All))]
    public void Folders_of_a_project_form_no_cycle(string project)
    {
        Dictionary<string, HashSet<string>> uses = [];
        Dictionary<(string, string), string> example = [];
        foreach (IType type in Built.Value.Types.Where(t => IsOf(t, project)))
        {
            foreach (ArchUnitNET.Domain.Dependencies.ITypeDependency dependency in type.Dependencies.Where(d =>
                d.Target is not GenericParameter && IsOf(d.Target, project)))
            {
                (string from, string to) = (type.Namespace.FullName, dependency.Target.Namespace.FullName);
                if (from == to) continue;
                if (!uses.TryGetValue(from, out HashSet<string>? targets)) uses.Add(from, targets = []);
                targets.Add(to);
                example.TryAdd((from, to), $"{type.Name} uses {dependency.Target.Name}");
            }
        }

        // Dependencies are found at all.
        Assert.True(project is "StreamSched.Avro" or "StreamSched.Documents" or "StreamSched.Client" or "StreamSched.Learning" || uses.Count > 2);
        string[] cyclic = [.. uses.Keys.Where(start => Reached(uses, start).Contains(start))];
        Assert.True(cyclic.Length == 0, string.Join(
            Environment.NewLine, example.Where(e => cyclic.Contains(e.Key.Item1) && Reached(uses, e.Key.Item2).Contains(e.Key.Item1)).Select(e =>
                $"{e.Key.Item1} -> {e.Key.Item2}: {e.Value}")));
    }

    private static HashSet<string> Reached(Dictionary<string, HashSet<string>> uses, string start)
    {
        HashSet<string> reached = [];
        Stack<string> open = new([start]);
        while (open.TryPop(out string? next))
            foreach (string target in uses.GetValueOrDefault(next) ?? [])
                if (reached.Add(target)) open.Push(target);
        return reached;
    }

    // The longest project whose name begins the namespace. A type parameter has none.
    private static bool IsOf(IType type, string project) =>
        type.Namespace is not null && Projects.Where(p => Begins(type.Namespace.FullName, p)).MaxBy(p => p.Length) == project;

    private static bool Begins(string space, string project) => space == project || space.StartsWith(project + ".", StringComparison.Ordinal);

    private static Assembly Load(string project) => Assembly.Load(project == "StreamSched" ? "streamsched" : project);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
