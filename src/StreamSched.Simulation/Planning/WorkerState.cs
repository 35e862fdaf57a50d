using StreamSched.Core.Serving;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>What a replayed worker does at an instant: what waits, what runs, and what it has earned so far.</summary>
internal sealed class WorkerState
{
    public WorkerState(WorkerModel model)
    {
        int processors = model.Description.Processors.Count;
        Queues = [.. Enumerable.Range(0, processors).Select(_ => new WorkQueue<int>())];
        for (int p = 0; p < processors; p++)
            for (int v = 0; v < model.Variants.Length; v++) Queues[p].SetTable(v, model.Profile[v, p] ?? new ServiceTable(1), 0);
        Slots =
        [
            .. from p in Enumerable.Range(0, processors)
               from s in Enumerable.Range(0, model.Description.Processors[p].Slots)
               select new RunningBatch(p),
        ];
        Counts = new float[model.Variants.Length];
    }

    /// <summary>By processor.</summary>
    public WorkQueue<int>[] Queues { get; }

    /// <summary>Slots of all processors, one processor after the other.</summary>
    public RunningBatch[] Slots { get; }

    /// <summary>Batches that run, by variant.</summary>
    public float[] Counts { get; }

    /// <summary>Times slower than usual.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Value of everything that has finished.</summary>
    public double Earned { get; set; }

    /// <summary>Batch time of everything that has finished, in seconds.</summary>
    public double Busy { get; set; }

    /// <summary>Ends that were planned so far, which tells the order of those of one instant.</summary>
    public uint Planned { get; set; }

    /// <summary>A number that two states have in common that hold the same requests, waiting and running.</summary>
    public ulong Signature
    {
        get
        {
            ulong sum = Waiting;
            foreach (RunningBatch slot in Slots) sum += slot.Signature;
            return sum;
        }
    }

    /// <summary>The part of the signature that what waits has.</summary>
    public ulong Waiting { get; set; }

    /// <summary>Takes over another state.</summary>
    public void CopyFrom(WorkerState other)
    {
        for (int p = 0; p < Queues.Length; p++) Queues[p].CopyFrom(other.Queues[p]);
        for (int s = 0; s < Slots.Length; s++) Slots[s].CopyFrom(other.Slots[s]);
        other.Counts.CopyTo(Counts, 0);
        (Slowness, Earned, Busy, Planned, Waiting) = (other.Slowness, other.Earned, other.Busy, other.Planned, other.Waiting);
    }

    /// <summary>Spreads a request and its placement over all bits.</summary>
    public static ulong Mark(int request, int placement)
    {
        ulong x = (((ulong)(uint)request << 32) | (uint)placement) * 0x9E37_79B9_7F4A_7C15;
        x = (x ^ (x >> 29)) * 0xBF58_476D_1CE4_E5B9;
        return x ^ (x >> 32);
    }
}
