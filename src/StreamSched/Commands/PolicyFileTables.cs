using System.Globalization;
using Spectre.Console;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Hosting;

namespace StreamSched.Commands;

/// <summary>The policies that there are, and what their files hold, for <c>policy list</c> and <c>policy show</c>.</summary>
internal static class PolicyFileTables
{
    /// <summary>All policies of the program and the files that come with it. A file that cannot be used is listed with the reason.</summary>
    public static void List(CommandContext context)
    {
        (string Name, string? Path, LoadedPolicy? File, string Summary)[] files = [.. PolicySource.ShippedFiles.Select(Describe)];
        (string Name, string Summary)[] builtIn = [.. PolicyCatalogue.BuiltIn.Select(p => (p.Name, p.Summary + Mark(p.Name)))];
        if (context.IsJson)
        {
            context.WriteJson(
                builtIn.Select(p => new { name = p.Name, summary = p.Summary, file = (string?)null, version = (int?)null })
                    .Concat(files.Select(f => new { name = f.Name, summary = f.Summary, file = f.Path, version = f.File?.Metadata.Version })));
            return;
        }

        Table table = new Table().Border(TableBorder.Rounded).AddColumns("policy", "what it chooses");
        foreach ((string name, string summary) in builtIn) table.AddRow(new Text(name), new Text(summary));
        foreach (var file in files) table.AddRow(new Text(Path.GetFileName(file.Path) ?? file.Name), new Text(file.Summary));
        context.Console.Write(table);
    }

    /// <summary>What a policy, or its file, is made of.</summary>
    public static void Show(CommandContext context, PolicySource source)
    {
        PolicyMetadata? metadata = source.File?.Metadata;
        string summary = Summary(metadata?.Name ?? source.Name) + Mark(source.Name);
        IReadOnlyDictionary<string, double>? constants = source.File?.Constants is { } found ? RuleConstantsText.Write(found)
            : source.Name == PolicyNames.Price ? RuleConstantsText.Write(new RuleConstants()) : null;
        string? shape = Shape(source.File?.File);
        IReadOnlyList<string> trainedBy = PolicyCatalogue.Find(metadata?.Name ?? source.Name)?.TrainedBy ?? [];
        if (context.IsJson)
        {
            context.WriteJson(new
            {
                name = metadata?.Name ?? source.Name, summary, file = source.Path, bytes = source.File?.Bytes.Length, version = metadata?.Version, shape,
                parameters = source.File?.File?.Network.Parameters.Length, featureLayout = metadata?.FeatureLayout, features = metadata?.Features, constants,
                scenarios = metadata?.Scenarios, seeds = metadata?.Seeds, figures = metadata?.Figures, notes = metadata?.Notes, trainedBy,
            });
            return;
        }

        Table table = new Table().Border(TableBorder.Rounded).AddColumns("of the policy", "");
        void Row(string name, string? text)
        {
            if (!string.IsNullOrEmpty(text)) table.AddRow(new Text(name), new Text(text));
        }

        Row("name", metadata?.Name ?? source.Name);
        Row("what it chooses", summary);
        Row("file", source.Path is null ? null : string.Create(CultureInfo.InvariantCulture, $"{source.Path}, {source.File!.Bytes.Length} bytes"));
        Row("version", metadata?.Version.ToString(CultureInfo.InvariantCulture));
        Row("network", shape);
        Row("features", metadata is null || metadata.Features.Count == 0
            ? null : string.Create(CultureInfo.InvariantCulture, $"layout {metadata.FeatureLayout}: {string.Join(", ", metadata.Features)}"));
        Row("constants", constants is null ? null : Pairs(constants));
        Row("trained by", string.Join(", ", trainedBy.Select(kind => "streamsched train " + kind)));
        Row("trained in", metadata is null ? null : string.Join(", ", metadata.Scenarios));
        Row("with seeds", metadata is null ? null : string.Join(", ", metadata.Seeds));
        Row("figures", metadata is null ? null : Pairs(metadata.Figures));
        if (source.File?.Support is { } support)
        {
            Row("support", string.Create(
                CultureInfo.InvariantCulture, $"{support.Supported} of {support.Grid.Cells} cells of what it finds best; elsewhere {support.Baseline}"));
        }

        foreach ((string name, string text) in metadata?.Notes.Where(n => n.Key is not (RuleConstantsText.Note or PolicySupport.Note)) ?? []) Row(name, text);
        context.Console.Write(table);
    }

    private static (string Name, string? Path, LoadedPolicy? File, string Summary) Describe(string path)
    {
        try
        {
            LoadedPolicy file = LoadedPolicy.Load(path);
            string version = string.Create(CultureInfo.InvariantCulture, $"{file.Metadata.Name} v{file.Metadata.Version}");
            string name = Path.GetFileNameWithoutExtension(path);
            return (name, path, file, $"{version}: {Summary(file.Metadata.Name)}{Mark(name)}");
        }
        catch (PolicyFileException exception)
        {
            return (Path.GetFileNameWithoutExtension(path), path, null, "cannot be used: " + exception.Message);
        }
    }

    private static string Mark(string name) => name == PolicySource.Default ? " (the default)" : "";

    private static string Summary(string kind) =>
        PolicyCatalogue.Find(kind)?.Summary ?? "";

    private static string? Shape(PolicyFile? file)
    {
        if (file is null) return null;
        string layers = string.Join(" → ", file.Network.Shape.Layers.Select(l => $"{l.Outputs} {l.Activation.ToString().ToLowerInvariant()}"));
        string memory = file.Memory is { } cell ? string.Create(CultureInfo.InvariantCulture, $", memory of {cell.Units}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{file.Network.Shape.Inputs} → {layers}{memory}; {file.Network.Parameters.Length} parameters");
    }

    private static string Pairs(IReadOnlyDictionary<string, double> values) =>
        string.Join(", ", values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:g6}")));
}
