using StreamSched.Core.Serving;

namespace StreamSched.Simulation.Worlds;

/// <summary>A processor with its queue and what it runs.</summary>
internal sealed class ProcessorRuntime(int firstSlot, int slots, float watts, float tariffPerSecond)
{
    private long _accounted;

    public WorkQueue<int> Queue { get; } = new();

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
}
