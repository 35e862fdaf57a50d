using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    // What is believed of it with the frames of the devices that are looked at, what of that a quality floor may count on, and what its worker has registered.
    public float[] Accuracy { get; private set; } = [];

    public float[] AccuracyFloor { get; private set; } = [];

    public float[] RegisteredAccuracy { get; private set; } = [];

    public float[] Solo { get; private set; } = [];

    public float[] Watts { get; private set; } = [];

    public float[] TariffPerSecond { get; private set; } = [];

    // The variants and sites of the rows, whose accuracies are the same; and these accuracies by where frames come from, as far as somebody has looked.
    private readonly Dictionary<AccuracyKey, int> _kinds = [];
    private readonly List<Origin> _origins = [];
    private int[] _kind = [];

    public void Clear(int count)
    {
        Count = 0;
        Padded = Columns.Padded(count);
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
        _origins.Clear();
        _kinds.Clear();
        _kind = new int[Padded];
        (Accuracy, AccuracyFloor) = (new float[Padded], new float[Padded]);
        RegisteredAccuracy = new float[Padded];
        Solo = new float[Padded];
        Watts = new float[Padded];
        TariffPerSecond = new float[Padded];
    }

    public int Add(
        int placement, int processor, int site, bool fits, bool closed, AccuracyKey kind, float registeredAccuracy, float solo, float watts,
        float tariffPerSecond)
    {
        int i = Count++;
        if (!_kinds.TryGetValue(kind, out _kind[i])) _kinds.Add(kind, _kind[i] = _kinds.Count);
        (Placement[i], Processor[i], Site[i], Fits[i]) = (placement, processor, site, fits ? -1 : 0);
        Serves[i] = closed ? 0 : Fits[i];
        Closed += closed ? 1 : 0;
        (RegisteredAccuracy[i], Solo[i], Watts[i], TariffPerSecond[i]) = (registeredAccuracy, solo, watts, tariffPerSecond);
        return i;
    }

    /// <summary>Looks at accuracies as registered.</summary>
    public void LookAsRegistered() => (Accuracy, AccuracyFloor) = (RegisteredAccuracy, RegisteredAccuracy);

    /// <summary>Looks at accuracies with the frames of the devices of a site. Takes longer, and allocates, when something has changed.</summary>
    /// <param name="origin">Number of the site, from 0.</param>
    /// <param name="site">Its name.</param>
    /// <param name="believed">What is believed.</param>
    /// <param name="version">Changes when that does.</param>
    public void Look(int origin, string site, AccuracyTable believed, int version)
    {
        while (_origins.Count <= origin) _origins.Add(default);
        Origin at = _origins[origin];
        if (at.Accuracy is null) at = new Origin(new float[Padded], new float[Padded], -1);
        (Accuracy, AccuracyFloor) = (at.Accuracy, at.Floor);
        if (at.Version == version) return;
        _origins[origin] = at with { Version = version };
        AccuracyEstimate?[] told = new AccuracyEstimate?[_kinds.Count];
        foreach ((AccuracyKey kind, int k) in _kinds) told[k] = believed.Believed(kind with { Origin = site });
        for (int row = 0; row < Count; row++)
        {
            float registered = RegisteredAccuracy[row];
            (Accuracy[row], AccuracyFloor[row]) = told[_kind[row]] is { } estimate ? (estimate.Mean, estimate.Lower) : (registered, registered);
        }
    }

    /// <summary>Becomes a copy of some rows of another table, which does not follow it. Allocates only where there were never so many.</summary>
    /// <param name="from">The other table.</param>
    /// <param name="rows">Their indices.</param>
    public void Take(TaskTable from, ReadOnlySpan<int> rows)
    {
        if (Placement.Length < rows.Length) Clear(rows.Length);
        (Count, Padded, Closed, ProbeRow) = (rows.Length, Columns.Padded(rows.Length), from.Closed, -1);
        for (int i = 0; i < rows.Length; i++)
        {
            int row = rows[i];
            (Placement[i], Processor[i], Site[i]) = (from.Placement[row], from.Processor[row], from.Site[row]);
            (Fits[i], Serves[i]) = (from.Fits[row], from.Serves[row]);
            (ProcessorTime[i], Capacity[i], BatchTime[i]) = (from.ProcessorTime[row], from.Capacity[row], from.BatchTime[row]);
            (Accuracy[i], AccuracyFloor[i], RegisteredAccuracy[i]) = (from.Accuracy[row], from.AccuracyFloor[row], from.RegisteredAccuracy[row]);
            (Solo[i], Watts[i]) = (from.Solo[row], from.Watts[row]);
            TariffPerSecond[i] = from.TariffPerSecond[row];
        }

        for (int i = Count; i < Padded; i++) (Serves[i], Fits[i], Processor[i], Site[i]) = (0, 0, 0, 0);
        FirstProcessor.AsSpan(0, Padded / Columns.Lanes).Fill(-1);
    }

    /// <summary>Becomes rows that stand each for itself, with a placement, a processor and a site of their own of the same number.</summary>
    /// <param name="count">How many.</param>
    public void Separate(int count)
    {
        if (Placement.Length < Columns.Padded(count)) Clear(count);
        (Count, Padded) = (count, Columns.Padded(count));
        for (int i = 0; i < Padded; i++)
        {
            Placement[i] = Processor[i] = Site[i] = i;
            Serves[i] = Fits[i] = i < count ? -1 : 0;
        }

        for (int i = 0; i < Padded; i += Columns.Lanes) FirstProcessor[i / Columns.Lanes] = i;
    }

    /// <summary>What a column by processor holds for eight rows. A gather costs several times what a load does, and mostly their processors follow one
    /// another.</summary>
    /// <param name="column">By processor.</param>
    /// <param name="i">The first of the eight, a multiple of eight.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe Vector256<float> ByProcessor(float* column, int i)
    {
        int first = FirstProcessor[i / Columns.Lanes];
        return first >= 0 ? Vector256.Load(column + first) : Columns.Gather(column, Columns.Load(Processor, i));
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

    private readonly record struct Origin(float[] Accuracy, float[] Floor, int Version);
}
