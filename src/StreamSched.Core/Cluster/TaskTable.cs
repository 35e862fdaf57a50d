namespace StreamSched.Core.Cluster;

/// <summary>
/// All placements of one task, as columns that the predictions are computed from. Columns are padded to whole vectors; the padding is never feasible.
/// Rebuilt when a worker comes or goes; the view writes <see cref="ProcessorTime"/> and <see cref="BatchTime"/> as they change.
/// </summary>
internal sealed class TaskTable
{
    public int Count { get; private set; }

    public int Padded { get; private set; }

    public int[] Placement { get; private set; } = [];

    public int[] Processor { get; private set; } = [];

    // By eight rows: their first processor, where the others are those that follow it; -1 where they are not.
    public int[] FirstProcessor { get; private set; } = [];

    public int[] Site { get; private set; } = [];

    public float[] ProcessorTime { get; private set; } = [];

    public float[] Capacity { get; private set; } = [];

    public float[] BatchTime { get; private set; } = [];

    // All bits set where the variant fits into the processor's memory; padding is zero.
    public int[] Fits { get; private set; } = [];

    // The same without those that fail, which get no work but probes; how many those are, requests since the last probe, and the row that is open for one, or
    // -1.
    public int[] Serves { get; private set; } = [];

    public int Closed { get; set; }

    public int SinceProbe { get; set; }

    public int ProbeRow { get; set; } = -1;

    public float[] Accuracy { get; private set; } = [];

    public float[] Solo { get; private set; } = [];

    public float[] Watts { get; private set; } = [];

    public float[] TariffPerSecond { get; private set; } = [];

    public void Clear(int count)
    {
        Count = 0;
        Padded = (count + Columns.Lanes - 1) / Columns.Lanes * Columns.Lanes;
        Placement = new int[Padded];
        Processor = new int[Padded];
        FirstProcessor = new int[Padded / Columns.Lanes];
        Site = new int[Padded];
        ProcessorTime = new float[Padded];
        Capacity = new float[Padded];
        BatchTime = new float[Padded];
        Fits = new int[Padded];
        Serves = new int[Padded];
        (Closed, ProbeRow) = (0, -1);
        Accuracy = new float[Padded];
        Solo = new float[Padded];
        Watts = new float[Padded];
        TariffPerSecond = new float[Padded];
    }

    public int Add(int placement, int processor, int site, bool fits, bool closed, float accuracy, float solo, float watts, float tariffPerSecond)
    {
        int i = Count++;
        (Placement[i], Processor[i], Site[i], Fits[i]) = (placement, processor, site, fits ? -1 : 0);
        Serves[i] = closed ? 0 : Fits[i];
        Closed += closed ? 1 : 0;
        (Accuracy[i], Solo[i], Watts[i], TariffPerSecond[i]) = (accuracy, solo, watts, tariffPerSecond);
        return i;
    }

    /// <summary>To be called after the last row.</summary>
    /// <param name="processors">Length of the view's columns by processor.</param>
    public void Complete(int processors)
    {
        for (int i = 0; i < Padded; i += Columns.Lanes)
        {
            bool inRow = Processor[i] + Columns.Lanes <= processors;
            for (int row = i; row < Count && row < i + Columns.Lanes; row++) inRow &= Processor[row] == Processor[i] + row - i;
            FirstProcessor[i / Columns.Lanes] = inRow ? Processor[i] : -1;
        }
    }
}
