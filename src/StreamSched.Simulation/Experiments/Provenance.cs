using System.Globalization;

namespace StreamSched.Simulation.Experiments;

/// <summary>Where figures come from; every table says it.</summary>
/// <param name="Kind">simulated or measured.</param>
/// <param name="Command">What was called.</param>
/// <param name="Commit">Of the source; empty: not known.</param>
/// <param name="Machine">Operating system, processors, runtime.</param>
/// <param name="LoadAverage">Of the machine over the last minute, when it began; NaN: not known.</param>
public sealed record Provenance(string Kind, string Command, string Commit, string Machine, double LoadAverage)
{
    /// <summary>All of it in one line.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind}: `{Command}`, commit {Commit}, {Machine}, load {LoadAverage:0.0}");
}
