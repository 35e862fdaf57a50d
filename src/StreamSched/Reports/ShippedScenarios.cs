using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Reports;

/// <summary>Scenarios by path, or by the name of one that comes with the program.</summary>
internal static class ShippedScenarios
{
    /// <summary>The folder of the scenarios that come with the program; null: it is not there.</summary>
    public static string? Folder
    {
        get
        {
            // Beside the program, or above it in a checkout.
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                string scenarios = Path.Combine(folder.FullName, "scenarios");
                if (File.Exists(Path.Combine(scenarios, "scenario.schema.json"))) return scenarios;
            }

            return null;
        }
    }

    // Folders of scenarios within it.
    private static readonly string[] Groups = ["", "live"];

    /// <summary>The names that can be given without a path.</summary>
    public static IReadOnlyList<string> Names => Folder is { } folder
        ? [.. Groups.SelectMany(g => Directory.GetFiles(Path.Combine(folder, g), "*.json")).Select(f => Path.GetFileNameWithoutExtension(f))
            .Where(n => !n.EndsWith(".schema", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Reads scenarios.</summary>
    /// <param name="list">Paths or names, with commas between.</param>
    /// <exception cref="UsageException">One is not there, or something is wrong with it.</exception>
    public static IReadOnlyList<Scenario> Read(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0) throw new UsageException("--scenario names none");
        try
        {
            return [.. names.Select(n => ScenarioFile.Load(PathOf(n), Folder))];
        }
        catch (ScenarioException e)
        {
            throw new UsageException([.. e.Errors.Select(error => $"{e.File}: {error}")]);
        }
    }

    /// <summary>The worlds that a policy was trained in, as far as they are here.</summary>
    /// <param name="policy">Its file.</param>
    public static IReadOnlyList<Scenario> TrainedIn(LoadedPolicy policy)
    {
        string[] known = [.. policy.Metadata.Scenarios.Where(Names.Contains)];
        return Read(known.Length > 0 ? string.Join(',', known) : Names[0]);
    }

    // A file whose name ends in .json may be given without the ending, as a shipped one may.
    private static string PathOf(string name)
    {
        if (File.Exists(name)) return name;
        if (File.Exists(name + ".json")) return name + ".json";
        if (Folder is { } folder && !Path.IsPathRooted(name))
        {
            string file = name.EndsWith(".json", StringComparison.Ordinal) ? name : name + ".json";
            if (Groups.Select(g => Path.Combine(folder, g, file)).FirstOrDefault(File.Exists) is { } shipped) return shipped;
        }

        throw new UsageException($"--scenario: there is no file '{name}', and no scenario of this name; there are: {string.Join(", ", Names)}");
    }
}
