using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.ScenarioFiles;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Selection;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment model-selection</c>: is it worth learning from ratings which model suits which device.</summary>
internal static class ModelSelectionExperimentCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "model-selection";

    /// <summary>What it shows.</summary>
    public const string Summary = "contextual bandits that learn from ratings which model suits which device, against one common model for all";

    /// <summary>Runs it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="policy">There is none that serves here: null.</param>
    /// <param name="cells">Parts of the names of the cells.</param>
    /// <param name="folder">Where the reports go.</param>
    public static async Task<int> RunAsync(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder)
    {
        if (policy is not null) throw new UsageException($"--policy: no policy serves in experiment {Name}");
        string root = ShippedScenarios.Folder ?? throw new UsageException("the scenarios that come with the program are not beside it");
        IReadOnlyList<SelectionWorld> worlds;
        try
        {
            worlds = SelectionWorld.All(CatalogueReader.Load(Path.Combine(root, "data", "catalogue.json")));
        }
        catch (ScenarioException e)
        {
            throw new UsageException([.. e.Errors.Select(error => $"{e.File}: {error}")]);
        }

        worlds = [.. worlds.Where(w => cells.Any(c => w.Name.Contains(c, StringComparison.Ordinal)))];
        if (worlds.Count == 0) throw new UsageException("--cells: no cell has such a name");
        return await ReportedExperiment.RunAsync(
            context, folder,
            (provenance, progress) => new SelectionReport(provenance, seeds, SelectionExperiment.Run(worlds, seeds, threads, progress, context.Stop)),
            static report => report.ToJson(), SelectionTables.Write).ConfigureAwait(false);
    }
}
