using System.Runtime.InteropServices;

namespace StreamSched.Simulation.Experiments;

/// <summary>Where figures come from; every table says it.</summary>
/// <param name="Kind">simulated or measured.</param>
/// <param name="Command">What was called.</param>
/// <param name="Commit">Of the source; empty: not known.</param>
/// <param name="Machine">Operating system, processors, runtime.</param>
/// <param name="LoadAverage">Of the machine over the last minute, when it began; NaN: not known.</param>
public sealed record Provenance(string Kind, string Command, string Commit, string Machine, double LoadAverage)
{
    /// <summary>Of a simulation on this machine.</summary>
    /// <param name="command">What was called.</param>
    /// <param name="commit">Of the source; empty: not known.</param>
    public static Provenance Simulated(string command, string commit) => new(
        "simulated", command, commit, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}",
        Load());

    private static double Load()
    {
        try
        {
            return double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return double.NaN;
        }
    }
}
