using StreamSched.Core.Serving;

namespace StreamSched.Simulation.Worlds;

/// <summary>A processor with its queue and what it runs.</summary>
internal sealed class ProcessorRuntime(int firstSlot, int slots, float watts, float tariffPerSecond)
{
    private long _accounted;

    /// <summary>What waits, and what the worker has learned of its batches: a new process begins with neither.</summary>
    public WorkQueue<int> Queue { get; private set; } = new();

    public int FirstSlot { get; } = firstSlot;

    public int Slots { get; } = slots;

    public float Watts { get; } = watts;

    public float TariffPerSecond { get; } = tariffPerSecond;

    public int Running { get; private set; }

    public double BusySeconds { get; private set; }

    public long Runs { get; set; }

    public long Ran { get; set; }

    /// <summary>Counts the time up to now, then a change in what runs.</summary>
    public void Account(long now, int change)
    {
        if (Running > 0) BusySeconds += (now - _accounted) * 1e-6;
        _accounted = now;
        Running += change;
    }

    /// <summary>Begins with an empty queue, by the profiles.</summary>
    /// <param name="model">The worker.</param>
    /// <param name="p">Index of this processor.</param>
    /// <param name="now">µs.</param>
    public void Begin(WorkerModel model, int p, long now)
    {
        Queue = new WorkQueue<int>();

        // A variant that a processor does not run has a line that stays empty.
        for (int v = 0; v < model.Variants.Length; v++) Queue.SetTable(v, model.Profile[v, p] ?? new ServiceTable(1), now);
    }
}
