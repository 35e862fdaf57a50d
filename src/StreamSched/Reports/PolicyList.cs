using System.Security.Cryptography;
using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Training;

namespace StreamSched.Reports;

/// <summary>The policies that a command line names.</summary>
internal static class PolicyList
{
    /// <summary>What an option may hold.</summary>
    public static string Description =>
        $"Policies with commas between: {PolicySource.Known}; aset-static: the seven of ASET; heuristics: all simple rules; all: those and price; tuned: "
        + $"six simple rules with the parameters that a search found best for them; and what tables show: {DerivedPolicies.Forms}.";

    /// <summary>Reads a list.</summary>
    /// <param name="list">Names or files with commas between.</param>
    /// <exception cref="UsageException">There is none of a name.</exception>
    public static IReadOnlyList<PolicyEntry> Read(string list)
    {
        List<string> names = [];
        foreach (string name in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            names.AddRange(name switch
            {
                "aset-static" => PolicyEntry.Aset,
                "heuristics" => PolicyEntry.Heuristics,
                "all" => [PolicyNames.Price, .. PolicyEntry.Heuristics],
                _ => [name],
            });
        }

        if (names.Count == 0) throw new UsageException("--policy names none");
        return [.. names.SelectMany(n => n == PolicyEntry.TunedName ? PolicyEntry.Tuned : [Entry(n)]).DistinctBy(e => e.Name)];
    }

    private static PolicyEntry Entry(string name)
    {
        if (PolicyCatalogue.IsBuiltIn(name)) return PolicyEntry.Of(name);
        if (!File.Exists(name) && DerivedPolicies.Find(name, Entry) is { } derived) return derived;
        PolicySource source = PolicySource.Find(name, "--policy");
        SchedulerSettings settings = new() { Exploration = 0 };

        // An ablation that was trained without the matrices is evaluated without them.
        if (source.File?.Metadata.Notes.GetValueOrDefault(EcsrlTrainer.MatrixNote) == EcsrlTrainer.MatrixOff)
            settings = settings with { View = settings.View with { Interference = false } };

        // What a table shows can be given again: a file by the path by which it was found, unless its name alone finds it.
        bool byName = source.Path is null || PolicySource.ShippedFiles.Contains(source.Path);
        return new PolicyEntry(byName ? source.Name : name, source.Into(settings), IsHeuristic: false)
        {
            File = source.File,
            Digest = source.Path is null ? "" : Convert.ToHexStringLower(SHA256.HashData(source.File!.Bytes.Span))[..12],
        };
    }
}
