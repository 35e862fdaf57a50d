using StreamSched.Analysis.Replays;
using StreamSched.Analysis.Worlds;
using StreamSched.Core.Policies;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment off-policy</c>: how wrong the answers of <c>evaluate</c> are, where the truth can be had.</summary>
internal static class OffPolicyExperimentCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "off-policy";

    /// <summary>What it shows.</summary>
    public const string Summary = "how wrong the answers of evaluate are: gross, net and re-simulated against the truth, and how often intervals hold";

    private const int Logs = 1000;
    private const string World = "live-nothing";

    /// <summary>Runs it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="policy">The network among the policies; null: the one that comes with the program.</param>
    /// <param name="cells">Parts of the names of the cells.</param>
    /// <param name="folder">Where the reports go.</param>
    public static async Task<int> RunAsync(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder)
    {
        PolicySource source = PolicySource.FindTrained(policy ?? PolicyNames.Neural, "--policy");
        if (source.File is not { File: not null } file || file.Metadata.Name != PolicyNames.Neural)
            throw new UsageException($"--policy: '{source.Name}' is no file of '{PolicyNames.Neural}', which is judged here");
        if (!OffPolicyExperiment.Has(cells)) throw new UsageException("--cells: no cell has such a name");
        Scenario world = ShippedScenarios.Read(World)[0];
        return await ReportedExperiment.RunAsync(
            context, folder,
            (provenance, progress) => new OffPolicyReport(
                provenance, seeds, OffPolicyExperiment.Run(world, PolicyShelf.Of(file), seeds, threads, cells, progress, context.Stop),
                CoverageStudy.Run(Logs, threads, context.Stop)),
            WorldReports.ToJson, OffPolicyTables.Write).ConfigureAwait(false);
    }
}
