using StreamSched.Core.Cluster;

namespace StreamSched.Simulation.Worlds;

/// <summary>A worker as it is now.</summary>
internal sealed class WorkerRuntime(int index, WorkerModel model, ProcessorRuntime[] processors, Slot[] slots, int sites)
{
    public int Index { get; } = index;

    public WorkerModel Model { get; } = model;

    public ProcessorRuntime[] Processors { get; } = processors;

    public Slot[] Slots { get; } = slots;

    /// <summary>Incarnation.</summary>
    public int Incarnation { get; set; } = 1;

    /// <summary>Crashes that are not over, and times that it is still to join.</summary>
    public int Down { get; set; }

    /// <summary>Times slower than usual.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>True accuracy over the registered one, by variant and site of the device.</summary>
    public double[][] AccuracyFactors { get; } = [.. model.Variants.Select(_ => Enumerable.Repeat(1.0, sites).ToArray())];

    /// <summary>Changes of the spread that are in force, in the order in which they began.</summary>
    public List<Change> Spreads { get; } = [];

    /// <summary>Changes of the interference that are in force, in the order in which they began.</summary>
    public List<Change> Laws { get; } = [];

    /// <summary>How its models slow each other now.</summary>
    public BoundInterference? Law { get; set; } = model.Interference;

    /// <summary>Whether what runs beside a batch matters now, really or as registered.</summary>
    public bool HasInterference => Law is not null || Model.Registered is not null;

    /// <summary>Runs by variant, while models slow each other down.</summary>
    public float[] Counts { get; } = new float[model.Variants.Length];

    public long Answers { get; set; }

    public long[] AnswersByVariant { get; } = new long[model.Variants.Length];

    /// <summary>Of counted requests, by variant.</summary>
    public AnswerSums[] Sums { get; } = new AnswerSums[model.Variants.Length];

    /// <summary>The true accuracy of a variant now, with the frames of the devices at a site.</summary>
    public float AccuracyOf(int variant, int origin) => (float)Math.Min(1, Model.Variants[variant].Accuracy * AccuracyFactors[variant][origin]);
}
