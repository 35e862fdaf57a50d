using StreamSched.Core.Serving;
using StreamSched.Onnx.Processors;
using StreamSched.Onnx.Profiling;

namespace StreamSched.Workers;

/// <summary>One worker.</summary>
internal sealed record WorkerSettings
{
    /// <summary>Its id, [a-z0-9-]{1,64}.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public string Site { get; init; } = "";

    /// <summary>Machines of one class are alike: they share interference matrices, and what a network is worth on one it is worth on the others. Empty: by
    /// the machine's processor, its cores, the execution provider and what is emulated.</summary>
    public string DeviceClass { get; init; } = "";

    /// <summary>Folder of its models.</summary>
    public required string Models { get; init; }

    /// <summary>Only these variants; empty: all of the folder.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>Where they run.</summary>
    public ProcessorSettings Processor { get; init; } = new();

    /// <summary>Price of an hour of the processor, in the installation's currency.</summary>
    public double TariffPerHour { get; init; }

    /// <summary>Factor by which a slower device is emulated.</summary>
    public double Slowdown { get; init; } = 1;

    /// <summary>What it emulates beside the slow-down; null: nothing.</summary>
    public WorkerEmulation? Emulation { get; init; }
    /// <summary>How the times of the emulated device scatter; only where one is emulated.</summary>
    public ServiceNoise Noise { get; init; }

    /// <summary>Seed of that, beside the worker's id.</summary>
    public ulong NoiseSeed { get; init; }

    /// <summary>How often telemetry is sent.</summary>
    public TimeSpan TelemetryPeriod { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How models are measured.</summary>
    public ServiceProfilerSettings Profiler { get; init; } = new();

    /// <summary>How long reading, loading and measuring one model may take.</summary>
    public TimeSpan LoadLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Folder of foreign writers' schemas; null: none but the built-in ones.</summary>
    public string? SchemaFolder { get; init; }

    /// <summary>How long draining may take.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
