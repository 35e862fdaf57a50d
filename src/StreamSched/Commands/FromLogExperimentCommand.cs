using StreamSched.Analysis.Worlds;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Registry;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment from-log</c>: what policies that were trained from logs are worth.</summary>
internal static class FromLogExperimentCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "from-log";

    /// <summary>What it shows.</summary>
    public const string Summary = "what a policy that was trained from a log (train --from-log) is worth beside the one that logged, in changed worlds";

    private static readonly string[] Worlds = ["live-nothing", "live-accuracy", "live-class", "live-interference", "live-mix", "live-spread"];

    /// <summary>Runs it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="policy">The network among the policies; null: the one that comes with the program.</param>
    /// <param name="cells">Parts of the names of the cells.</param>
    /// <param name="folder">Where the reports go.</param>
    public static async Task<int> RunAsync(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder)
    {
        Dictionary<string, LoadedPolicy> files = [];
        foreach (string name in (string[])[PolicyNames.Neural, EcsrlPolicy.Kind])
        {
            PolicySource source = PolicySource.FindTrained(name == PolicyNames.Neural ? policy ?? name : name, "--policy");
            files[name] = source.File is { } file && file.Metadata.Name == name
                ? file : throw new UsageException($"--policy: '{source.Name}' is no file of '{name}', which logs here");
        }

        Scenario[] worlds = [.. Worlds.SelectMany(name => ShippedScenarios.Read(name))];
        if (!FromLogExperiment.Has(worlds, cells)) throw new UsageException("--cells: no cell has such a name");
        return await ReportedExperiment.RunAsync(
            context, folder,
            (provenance, progress) => new FromLogReport(
                provenance, seeds, FromLogExperiment.Run(worlds, files, seeds, threads, cells, progress, context.Stop)),
            WorldReports.ToJson, FromLogTables.Write).ConfigureAwait(false);
    }
}
