using StreamSched.Avro.Records;
using StreamSched.Core.Policies;
using StreamSched.Hosting;

namespace StreamSched.Demo;

/// <summary>What the demo plays.</summary>
internal sealed record DemoSettings
{
    /// <summary>Workers, devices, arrivals and what changes, as long as it is played.</summary>
    public required DemoWorld World { get; init; }

    /// <summary>The policies that are shown, one after the other, on the same frames.</summary>
    public required IReadOnlyList<PolicySource> Policies { get; init; }

    /// <summary>What an answer is worth: one of the presets.</summary>
    public string Preset { get; init; } = "accuracy";

    /// <summary>The first seed of arrivals and frames.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many seeds are played.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Seeds of the simulation that finds the best simple rule; 0: none.</summary>
    public int SimulatedSeeds { get; init; } = 5;

    /// <summary>Folder of models, with <c>frames/</c> in it.</summary>
    public required string Models { get; init; }

    /// <summary>Whether a learner runs beside the scheduler, and half of the windows are served as if nothing had been learned.</summary>
    public bool Learns { get; init; }

    /// <summary>How frames are sent: null: as raw pixels.</summary>
    public PayloadEncoding? Encoding { get; init; }

    /// <summary>What an answer is worth.</summary>
    public ValueWeights Weights => ValueWeights.Presets[Preset];

    /// <summary>Files of frames by task.</summary>
    public string FramesOf(string task) => Path.Combine(
        Models, "frames", task == "fashion" ? "fashion-2000-images-idx3-ubyte.gz" : "digits-599-images-idx3-ubyte.gz");
}
