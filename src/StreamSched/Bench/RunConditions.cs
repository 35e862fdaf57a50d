using System.Globalization;
using System.Runtime.InteropServices;
using StreamSched.Simulation.Experiments;

namespace StreamSched.Bench;

/// <summary>Where and when figures were measured: without that they say nothing.</summary>
internal sealed record RunConditions
{
    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The processor's name.</summary>
    public required string Processor { get; init; }

    /// <summary>Cores that this process may use.</summary>
    public required int Cores { get; init; }

    /// <summary>Runnable threads of the whole machine at the start, mean of the last minute; null where the system does not tell.</summary>
    public required double? LoadAverage { get; init; }

    /// <summary>Operating system and run time.</summary>
    public required string System { get; init; }

    /// <summary>The commit that was built, as far as the checkout tells.</summary>
    public required string Commit { get; init; }

    /// <summary>What ran: <c>measured</c> on real clients and brokers, or <c>simulated</c>.</summary>
    public string Kind { get; init; } = "measured";

    /// <summary>The conditions now.</summary>
    /// <param name="time">Clock.</param>
    public static RunConditions Now(TimeProvider time) => new()
    {
        At = time.GetUtcNow(), Processor = ProcessorName(), Cores = Environment.ProcessorCount, LoadAverage = Load(),
        System = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}", Commit = CommitOf(AppContext.BaseDirectory),
    };

    /// <summary>What simulated figures say of where they come from.</summary>
    /// <param name="command">What was called.</param>
    public Provenance Simulated(string command) => new(
        "simulated", command, Commit, $"{Cores} cores of {Processor}, {System}, {At:yyyy-MM-dd HH:mm} UTC", LoadAverage ?? double.NaN);

    /// <summary>One line for the head of a table.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind} {At:yyyy-MM-dd HH:mm} UTC, {Cores} cores of {Processor}, "
        + $"load average {(LoadAverage is { } load ? load.ToString("0.0", CultureInfo.InvariantCulture) : "unknown")} at the start, commit {Commit}, {System}");

    private static string ProcessorName()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static double? Load() =>
        File.Exists("/proc/loadavg") && double.TryParse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture, out double load)
            ? load : null;

    // The checkout that the program lies in, without asking git, which need not be installed.
    private static string CommitOf(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            string git = Path.Combine(at.FullName, ".git");
            if (File.Exists(git)) git = Path.Combine(at.FullName, File.ReadAllText(git).Replace("gitdir:", "", StringComparison.Ordinal).Trim());
            if (!Directory.Exists(git)) continue;
            string head = File.ReadAllText(Path.Combine(git, "HEAD")).Trim();
            if (!head.StartsWith("ref: ", StringComparison.Ordinal)) return Short(head);
            string name = head["ref: ".Length..];
            string common = Path.Combine(git, "commondir");
            foreach (string root in File.Exists(common) ? [git, Path.Combine(git, File.ReadAllText(common).Trim())] : new[] { git })
            {
                if (File.Exists(Path.Combine(root, name))) return Short(File.ReadAllText(Path.Combine(root, name)).Trim());
                string packed = Path.Combine(root, "packed-refs");
                string? line = File.Exists(packed) ? File.ReadLines(packed).FirstOrDefault(l => l.EndsWith(" " + name, StringComparison.Ordinal)) : null;
                if (line is not null) return Short(line);
            }

            return "unknown";
        }

        return "unknown";
    }

    private static string Short(string commit) => commit.Length > 12 ? commit[..12] : commit;
}
