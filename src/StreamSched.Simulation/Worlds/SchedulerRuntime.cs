using StreamSched.Core.Cluster;
using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Worlds;

/// <summary>One scheduler of a world, with what belongs to its requests and placements.</summary>
internal sealed class SchedulerRuntime(string id, Scheduler scheduler)
{
    public string Id { get; } = id;

    public Scheduler Scheduler { get; } = scheduler;

    public long Sequence { get; set; }

    /// <summary>Copies by handle.</summary>
    public int[] CopyOf { get; private set; } = new int[256];

    /// <summary>Worker, processor and variant of each placement of the view.</summary>
    public (int Worker, int Processor, int Variant)[] Placements { get; private set; } = [];

    public List<int> Lost { get; } = [];

    public void Sent(int handle, int copy)
    {
        if (handle >= CopyOf.Length)
        {
            int[] wider = CopyOf;
            Array.Resize(ref wider, Math.Max(handle + 1, CopyOf.Length * 2));
            CopyOf = wider;
        }

        CopyOf[handle] = copy;
    }

    public void Learn(WorkerState state, int worker, WorkerModel model)
    {
        ClusterView view = Scheduler.View;
        foreach (int k in state.Placements)
        {
            if (k >= Placements.Length)
            {
                (int, int, int)[] wider = Placements;
                Array.Resize(ref wider, Math.Max(k + 1, Placements.Length * 2));
                Placements = wider;
            }

            string processor = view.ProcessorId(view.ProcessorOf(k)), variant = view.VariantOf(k).Name;
            int p = 0;
            while (model.Description.Processors[p].Id != processor) p++;
            Placements[k] = (worker, p, Array.FindIndex(model.Variants, v => v.Name == variant));
        }
    }
}
