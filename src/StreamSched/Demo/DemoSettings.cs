using StreamSched.Avro.Records;
using StreamSched.Core.Serving;
using StreamSched.Hosting;

namespace StreamSched.Demo;

/// <summary>What the demo plays.</summary>
internal sealed record DemoSettings
{
    /// <summary>For how long devices send.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The policies that are shown, one after the other, on the same frames.</summary>
    public IReadOnlyList<PolicySource> Policies { get; init; } = [new("price", null, null)];

    /// <summary>Factor on all rates.</summary>
    public double Load { get; init; } = 1;

    /// <summary>Seed of arrivals and frames.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Folder of models, with <c>frames/</c> in it.</summary>
    public required string Models { get; init; }

    /// <summary>How frames are sent: null: as raw pixels.</summary>
    public PayloadEncoding? Encoding { get; init; }

    /// <summary>Round trip that is set for the cloud's broker. What comes of it is measured and shown.</summary>
    public TimeSpan CloudRoundTrip { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// How long work lingers before it is sent. The in-process cluster answers a fetch with what one produce request brought, so that its far broker passes on
    /// no more than one produce request per round trip; records that are sent one by one pile up there beyond some hundred a second, as on no real link.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Factor by which the edge workers are slower than this machine.</summary>
    public double EdgeSlowdown { get; init; } = 600;

    /// <summary>Factor by which the cloud worker is slower: alone on this machine it would never be short of time.</summary>
    public double CloudSlowdown { get; init; } = 8;

    /// <summary>How the times of the workers scatter.</summary>
    public ServiceNoise Noise { get; init; }

    /// <summary>The workers.</summary>
    public IReadOnlyList<DemoWorker> Workers =>
    [
        new("edge-1", "plant-a", ["fashion-xs", "fashion-s", "digits-s"], EdgeSlowdown, 2, 6, 0.02),
        new("edge-2", "plant-b", ["fashion-xs", "fashion-s", "digits-s"], EdgeSlowdown, 2, 6, 0.02),
        new("cloud-1", "cloud", ["fashion-m", "fashion-l", "digits-m"], CloudSlowdown, 60, 180, 1.20),
    ];

    /// <summary>The devices: two tasks, mixed deadlines and needs of accuracy.</summary>
    public IReadOnlyList<DemoDevice> Devices =>
    [
        new("door-cam", "plant-a", "fashion", 25 * Load, 40, 0),
        new("belt-cam-1", "plant-a", "fashion", 40 * Load, 80, 0),
        new("belt-cam-2", "plant-b", "fashion", 40 * Load, 80, 0),
        new("sorter", "plant-b", "fashion", 30 * Load, 60, 0.85f),
        new("inspector", "plant-a", "fashion", 15 * Load, 250, 0.93f),
        new("archive", "plant-b", "fashion", 20 * Load, 1000, 0),
        new("meter-1", "plant-a", "digits", 30 * Load, 50, 0),
        new("meter-2", "plant-b", "digits", 15 * Load, 200, 0.975f),
    ];

    /// <summary>Price of a gigabyte over the link between a plant and the cloud.</summary>
    public static double CloudCostPerGigabyte => 0.09;

    /// <summary>Files of frames by task.</summary>
    public string FramesOf(string task) => Path.Combine(
        Models, "frames", task == "fashion" ? "fashion-2000-images-idx3-ubyte.gz" : "digits-599-images-idx3-ubyte.gz");
}
