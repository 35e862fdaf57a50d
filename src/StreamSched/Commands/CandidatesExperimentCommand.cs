using StreamSched.Core.Policies;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.BadCandidates;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment candidates</c>: what becomes of bad candidates.</summary>
internal static class CandidatesExperimentCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "candidates";

    /// <summary>What it shows.</summary>
    public const string Summary = "which gate stops bad candidates that are proposed to the live loop, 200 a seed, and what a canary says of them";

    private const string World = "live-nothing";

    /// <summary>Runs it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="policy">The policy that serves; null: the one that comes with the program.</param>
    /// <param name="cells">Parts of the names of the kinds.</param>
    /// <param name="folder">Where the reports go.</param>
    public static async Task<int> RunAsync(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder)
    {
        PolicySource source = PolicySource.FindTrained(policy ?? PolicyNames.Neural, "--policy");
        if (source.File is not { File: not null } file || file.Metadata.Name != PolicyNames.Neural)
            throw new UsageException($"--policy: '{source.Name}' is no file of '{PolicyNames.Neural}', which is what serves here");
        IReadOnlyList<BadKind> kinds = [.. BadKinds.All.Where(k => cells.Any(c => k.Name.Contains(c, StringComparison.Ordinal)))];
        if (kinds.Count == 0) throw new UsageException("--cells: no kind of candidate has such a name");
        string digest = Convert.ToHexStringLower(file.Digest.Span[..PolicyDigest.ShortLength]);
        return await ReportedExperiment.RunAsync(
            context, folder,
            (provenance, progress) => new CandidatesReport(
                provenance, digest, seeds, CandidatesExperiment.Run(ShippedScenarios.Read(World)[0], file, kinds, seeds, threads, progress, context.Stop)),
            static report => report.ToJson(), CandidatesTables.Write).ConfigureAwait(false);
    }
}
