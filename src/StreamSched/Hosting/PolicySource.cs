using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;

namespace StreamSched.Hosting;

/// <summary>A policy as a user names it: one of the catalogue, a file, or a file that comes with the program.</summary>
/// <param name="Name">Its name in tables and records.</param>
/// <param name="Path">The file; null: there is none.</param>
/// <param name="File">What the file holds.</param>
internal sealed record PolicySource(string Name, string? Path, LoadedPolicy? File)
{
    private static readonly string[] Endings = [".onnx", ".json"];

    /// <inheritdoc/>
    public override string ToString() => Name; // as help texts show it

    /// <summary>The folder of the policies that come with the program; null: it is not there.</summary>
    public static string? Folder
    {
        get
        {
            // Beside the program, or above it in a checkout.
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                string policies = System.IO.Path.Combine(folder.FullName, "models", "policies");
                if (Directory.Exists(policies)) return policies;
            }

            return null;
        }
    }

    /// <summary>The policy files that come with the program.</summary>
    public static IReadOnlyList<string> ShippedFiles => Folder is { } folder
        ? [.. Directory.GetFiles(folder).Where(f => Endings.Contains(System.IO.Path.GetExtension(f))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>What decides where nobody says otherwise: the network that comes with the program, or the rule that it corrects where that file was left
    /// out.</summary>
    public static string Default => ShippedFile(PolicyNames.Neural) is not null ? PolicyNames.Neural : PolicyNames.Price;

    /// <summary>The names that stand for a policy each: those that need no file, then the files that come with the program.</summary>
    public static IReadOnlyList<string> Names =>
        [.. PolicyCatalogue.BuiltIn.Select(p => p.Name).Concat(ShippedFiles.Select(f => System.IO.Path.GetFileNameWithoutExtension(f))).Distinct()];

    /// <summary>What can be given without a path.</summary>
    public static string Known => string.Join(", ", Names) + ", or a policy file (.onnx, .json)";

    /// <summary>Finds a policy.</summary>
    /// <param name="text">A name, or a path.</param>
    /// <param name="option">Where it stands, for messages.</param>
    /// <exception cref="UsageException">There is none, or its file cannot be used.</exception>
    public static PolicySource Find(string text, string option)
    {
        if (PolicyCatalogue.IsBuiltIn(text)) return new PolicySource(text, null, null);
        // A shipped name before a path: a file of this name that happens to lie in the working directory was not meant.
        string? path = ShippedFile(text) ?? (System.IO.File.Exists(text) ? text : ShippedFiles.FirstOrDefault(f => System.IO.Path.GetFileName(f) == text));
        if (path is null) throw new UsageException($"{option}: there is no '{text}'; there are: {Known}");
        return Load(path, option);
    }

    /// <summary>The same, but the file that comes with the program goes before the catalogue's policy of its name: what training gave, not what the settings
    /// say.</summary>
    /// <param name="text">A name, or a path.</param>
    /// <param name="option">Where it stands, for messages.</param>
    /// <exception cref="UsageException">There is none, or its file cannot be used.</exception>
    public static PolicySource FindTrained(string text, string option) =>
        ShippedFile(text) is { } path ? Load(path, option) : Find(text, option);

    private static string? ShippedFile(string name) => ShippedFiles.FirstOrDefault(f => System.IO.Path.GetFileNameWithoutExtension(f) == name);

    /// <summary>Reads a policy file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="option">Where it stands, for messages.</param>
    /// <exception cref="UsageException">It cannot be used.</exception>
    public static PolicySource Load(string path, string option)
    {
        try
        {
            return new PolicySource(System.IO.Path.GetFileNameWithoutExtension(path), path, LoadedPolicy.Load(path));
        }
        catch (Exception exception) when (exception is PolicyFileException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: {exception.Message}");
        }
    }

    /// <summary>Settings of a scheduler that uses it.</summary>
    /// <param name="settings">Everything else.</param>
    public SchedulerSettings Into(SchedulerSettings settings) => File is { } file ? settings.With(file)
        : PolicyCatalogue.Find(Name) is { Learns: true }
            ? settings with { Policy = Name, Prepare = () => new PreparedPolicy(PolicyCatalogue.Create(Name, settings.Price, settings.Seed)) }
        : settings with { Policy = Name };
}
