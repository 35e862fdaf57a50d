namespace StreamSched.Simulation.Worlds;

/// <summary>A worker as it is now.</summary>
internal sealed class WorkerRuntime(int index, WorkerModel model, ProcessorRuntime[] processors, Slot[] slots)
{
    public int Index { get; } = index;

    public WorkerModel Model { get; } = model;

    public ProcessorRuntime[] Processors { get; } = processors;

    public Slot[] Slots { get; } = slots;

    /// <summary>Incarnation.</summary>
    public int Incarnation { get; set; } = 1;

    /// <summary>Crashes that are not over.</summary>
    public int Down { get; set; }

    /// <summary>Times slower than usual.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Runs by variant, while models slow each other down.</summary>
    public float[] Counts { get; } = new float[model.Variants.Length];

    public long Answers { get; set; }

    public long[] AnswersByVariant { get; } = new long[model.Variants.Length];

    /// <summary>Of counted requests, by variant.</summary>
    public AnswerSums[] Sums { get; } = new AnswerSums[model.Variants.Length];
}
