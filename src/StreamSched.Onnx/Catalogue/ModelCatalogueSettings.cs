using StreamSched.Core.Serving;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Onnx.Catalogue;

/// <summary>Which models a worker serves, and on what.</summary>
public sealed record ModelCatalogueSettings
{
    /// <summary>Folder of <c>NAME.onnx</c> with <c>NAME.json</c> beside each.</summary>
    public required string Folder { get; init; }

    /// <summary>Only these variants; empty: all of the folder.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>Where they run.</summary>
    public ProcessorSettings Processor { get; init; } = new();

    /// <summary>Factor by which a slower device is emulated, at least 1.</summary>
    public double Slowdown { get; init; } = 1;

    /// <summary>Batch times of an emulated device by variant, which stand for measured ones; null: models are measured.</summary>
    public IReadOnlyDictionary<string, ServiceTable>? EmulatedTimes { get; init; }

    /// <summary>How models are measured.</summary>
    public ServiceProfilerSettings Profiler { get; init; } = new();

    /// <summary>How long the folder must have been quiet before a change is taken up: files arrive in pieces.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How often the folder is looked at without any notice: some file systems (network shares, some containers' mounts) give none, and none is given where a
    /// link on the way to the folder leads elsewhere. A look asks for the states of the files and reads none that has not changed.
    /// </summary>
    public TimeSpan RescanPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long reading, loading and measuring one model may take, 1 s to 1 h; it is given up then until its files change.</summary>
    public TimeSpan LoadLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long the next model does not wait for one that is being loaded.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How large requests and answers may be; a model that needs more is refused.</summary>
    public PayloadLimits Limits { get; init; } = PayloadLimits.None;

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
        if (LoadLimit < TimeSpan.FromSeconds(1) || LoadLimit > TimeSpan.FromHours(1))
            complaints.Add($"load limit is {LoadLimit.TotalSeconds} s, it must be within 1 and 3600 s");
        return complaints;
    }
}
