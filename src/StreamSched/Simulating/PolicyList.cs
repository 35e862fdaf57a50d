using StreamSched.Core.Scheduling;
using StreamSched.Hosting;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Simulating;

/// <summary>The policies that a command line names.</summary>
internal static class PolicyList
{
    /// <summary>What an option may hold.</summary>
    public static string Description => $"Policies with commas between: {string.Join(", ", PolicyCatalogue.All.Select(p => p.Name))}; aset-static: its seven; heuristics: all simple rules; all: those and price.";

    /// <summary>Reads a list.</summary>
    /// <param name="list">Names with commas between.</param>
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
        foreach (string name in names.Where(n => !PolicyCatalogue.Contains(n)))
            throw new UsageException($"--policy: there is no '{name}'; there are: {string.Join(", ", PolicyCatalogue.All.Select(p => p.Name))}, aset-static, heuristics, all");
        return [.. names.Distinct().Select(PolicyEntry.Of)];
    }
}
