using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Onnx.Models;

/// <summary>Which models a worker serves, and on what.</summary>
public sealed record ModelCatalogueOptions
{
    /// <summary>Folder of <c>NAME.onnx</c> with <c>NAME.json</c> beside each.</summary>
    public required string Folder { get; init; }

    /// <summary>Only these variants; empty: all of the folder.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>Where they run.</summary>
    public ProcessorSettings Processor { get; init; } = new();

    /// <summary>Factor by which a slower device is emulated, at least 1.</summary>
    public double Slowdown { get; init; } = 1;

    /// <summary>How models are measured.</summary>
    public ServiceProfilerOptions Profiler { get; init; } = new();

    /// <summary>How long the folder must have been quiet before a change is taken up: files arrive in pieces.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often the folder is looked at without any notice: some file systems (network shares, some containers' mounts) give none.</summary>
    public TimeSpan RescanPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Checks the ranges.</summary>
    /// <returns>Every complaint, empty where all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        List<string> complaints = [.. Processor.Validate(), .. Profiler.Validate()];
        if (string.IsNullOrWhiteSpace(Folder))
            complaints.Add("models: the folder is not named");
        if (!(Slowdown >= 1) || !double.IsFinite(Slowdown))
            complaints.Add($"slowdown is {Slowdown}, it must be at least 1");
        if (Quiet < TimeSpan.Zero)
            complaints.Add($"quiet is {Quiet}, it must not be negative");
        if (RescanPeriod <= TimeSpan.Zero)
            complaints.Add($"rescan period is {RescanPeriod}, it must be positive");
        return complaints;
    }
}
