using StreamSched.Core.Cluster;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Requests;
using StreamSched.Core.Scheduling;

namespace StreamSched.Simulation.Worlds;

/// <summary>One scheduler of a world, with its requests and what belongs to its placements.</summary>
internal sealed class SchedulerRuntime : ILifecycleDriver
{
    private readonly World _world;

    public SchedulerRuntime(World world, int index, Scheduler scheduler)
    {
        (_world, Id, Scheduler) = (world, $"scheduler-{index + 1}", scheduler);
        Lifecycle = new RequestLifecycle<int>(new LifecycleSettings { ReadBackTimeout = null }, scheduler, this);
    }

    public string Id { get; }

    public Scheduler Scheduler { get; }

    /// <summary>Its open requests; the body is the index of the request in the world.</summary>
    public RequestLifecycle<int> Lifecycle { get; }

    public long Sequence { get; set; }

    /// <summary>Worker, processor and variant of each placement of the view.</summary>
    public (int Worker, int Processor, int Variant)[] Placements { get; private set; } = [];

    void ILifecycleDriver.Deciding() => _world.Deciding();

    void ILifecycleDriver.Decided(int handle, in Decision decision, Candidates candidates, long now) => _world.Decided(this, handle, decision, candidates);

    void ILifecycleDriver.Record(int handle, in Decision decision, Candidates candidates, long now)
    {
    }

    void ILifecycleDriver.Dispatch(int handle, long now) => _world.Dispatch(this, handle);

    void ILifecycleDriver.Answer(int handle, bool again, long now) => _world.Answer(this, handle);

    // All tasks are known from the beginning.
    Request ILifecycleDriver.Resolve(int handle) => Lifecycle[handle].Request;

    void ILifecycleDriver.Released(int handle)
    {
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
