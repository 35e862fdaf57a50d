using StreamSched.Core.Policies;
using StreamSched.Hosting;
using StreamSched.Reports;
using StreamSched.Simulation.Judges;

namespace StreamSched.Commands;

/// <summary><c>streamsched experiment judges</c>: how wrong is each way to tell which of two policies is better.</summary>
internal static class JudgesExperimentCommand
{
    /// <summary>Its name.</summary>
    public const string Name = "judges";

    /// <summary>What it shows.</summary>
    public const string Summary = "how wrong each judge of policies is: canaries, off-policy estimates, net utility and switchback against the truth";

    private const string World = "live-nothing";

    /// <summary>Runs it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="threads">How many worlds run at a time.</param>
    /// <param name="policy">The network that is judged; null: the one that comes with the program.</param>
    /// <param name="cells">Parts of the names of the cells.</param>
    /// <param name="folder">Where the reports go.</param>
    public static async Task<int> RunAsync(CommandContext context, int seeds, int threads, string? policy, string[] cells, string folder)
    {
        PolicySource source = PolicySource.FindTrained(policy ?? PolicyNames.Neural, "--policy");
        if (source.File is not { File: not null } file || file.Metadata.Name != PolicyNames.Neural)
            throw new UsageException($"--policy: '{source.Name}' is no file of '{PolicyNames.Neural}', which is what is judged here");
        IReadOnlyList<JudgedWorld> worlds =
            [.. JudgedWorld.All(ShippedScenarios.Read(World)[0], file).Where(w => cells.Any(c => w.Name.Contains(c, StringComparison.Ordinal)))];
        if (worlds.Count == 0) throw new UsageException("--cells: no cell has such a name");
        string digest = Convert.ToHexStringLower(file.Digest.Span[..PolicyDigest.ShortLength]);
        return await ReportedExperiment.RunAsync(
            context, folder,
            (provenance, progress) => new JudgesReport(provenance, digest, seeds, JudgesExperiment.Run(worlds, seeds, threads, progress, context.Stop)),
            static report => report.ToJson(), JudgesTables.Write).ConfigureAwait(false);
    }
}
