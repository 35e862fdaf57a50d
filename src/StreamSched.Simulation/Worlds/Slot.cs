namespace StreamSched.Simulation.Worlds;

/// <summary>A place where one batch runs at a time.</summary>
internal sealed class Slot(int worker, int processor)
{
    public int Worker { get; } = worker;

    public int Processor { get; } = processor;

    /// <summary>Copies that run; their number is <see cref="Count"/>, 0: idle.</summary>
    public int[] Copies { get; set; } = new int[4];

    public int Count { get; set; }

    public int Variant { get; set; }

    /// <summary>Seconds that are left, if it ran alone on a sound machine.</summary>
    public double Remaining { get; set; }

    /// <summary>Slow-down by co-runners.</summary>
    public float CoRunnerFactor { get; set; } = 1;

    /// <summary>Slow-down of everything.</summary>
    public double Rate { get; set; }

    /// <summary>The slow-down that the registered matrices give for the same co-runners.</summary>
    public float RegisteredFactor { get; set; } = 1;

    /// <summary>∫ dt / registered slow-down, for the mean that schedulers expect of the co-runners that the batch had.</summary>
    public double Undisturbed { get; set; }

    public long Started { get; set; }

    public long Updated { get; set; }

    /// <summary>Number of the event that ends the run; others are outdated plans.</summary>
    public uint Planned { get; set; }

    public void Progress(long now)
    {
        double passed = (now - Updated) * 1e-6;
        Remaining -= passed * Rate;
        Undisturbed += passed / RegisteredFactor;
        Updated = now;
    }
}
