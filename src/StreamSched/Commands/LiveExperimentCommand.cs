using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Live;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment live</c>: is learning while serving worth it, in worlds that change.</summary>
internal static class LiveExperimentCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "live";

    /// <summary>What it shows.</summary>
    public const string Summary = "a policy that learns while it serves against the same one frozen, in worlds that change";

    // Of the schedulers' exploration.
    private const float Exploration = 0.01f;

    /// <summary>Runs it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="policy">The policy that serves; null: the one that comes with the program.</param>
    /// <param name="cells">Parts of the names of the worlds.</param>
    /// <param name="folder">Where the reports go.</param>
    public static async Task<int> RunAsync(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder)
    {
        PolicySource source = PolicySource.FindTrained(policy ?? PolicyNames.Neural, "--policy");
        if (source.File is not { File: not null } file || file.Metadata.Name != PolicyNames.Neural)
            throw new UsageException($"--policy: '{source.Name}' is no file of '{PolicyNames.Neural}', which is what learns here");
        string root = ShippedScenarios.Folder ?? throw new UsageException("the scenarios that come with the program are not beside it");
        IReadOnlyList<Scenario> scenarios = ShippedScenarios.Read(string.Join(
            ',', Directory.GetFiles(Path.Combine(root, "live"), "*.json").Order(StringComparer.Ordinal)));
        scenarios = [.. scenarios.Where(s => cells.Any(p => s.Name.Contains(p, StringComparison.Ordinal)))];
        if (scenarios.Count == 0) throw new UsageException("--cells: no world has such a name");
        SchedulerSettings scheduler = new() { Exploration = Exploration };
        return await ReportedExperiment.RunAsync(
            context, folder,
            (provenance, progress) => LiveExperiment.Run(
                scenarios, file, SimulatedOutcomes.Collect(file, ShippedScenarios.TrainedIn(file), 1, context.Stop), scheduler, seeds, threads, provenance,
                progress, context.Stop),
            static report => report.ToJson(), LiveTables.Write).ConfigureAwait(false);
    }
}
