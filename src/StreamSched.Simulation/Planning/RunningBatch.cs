namespace StreamSched.Simulation.Planning;

/// <summary>A slot of a replayed worker with what runs in it.</summary>
internal sealed class RunningBatch(int processor)
{
    public int Processor { get; } = processor;

    /// <summary>Its requests; their number is <see cref="Count"/>, 0: idle.</summary>
    public int[] Requests { get; private set; } = new int[4];

    public int Count { get; set; }

    public int Variant { get; set; }

    /// <summary>Seconds that are left, if it ran alone on a sound machine.</summary>
    public double Remaining { get; set; }

    /// <summary>Work done in a second.</summary>
    public double Rate { get; set; }

    /// <summary>Slow-down by co-runners, as the worker has registered it.</summary>
    public float RegisteredFactor { get; set; }

    /// <summary>Seconds that it took so far, as they would have been without co-runners.</summary>
    public double Undisturbed { get; set; }

    public long Started { get; set; }

    public long Updated { get; set; }

    /// <summary>When it ends at the present rate, µs.</summary>
    public long EndsAt { get; set; }

    /// <summary>When that was found, µs.</summary>
    public long PlannedAt { get; set; }

    /// <summary>Which plan of the worker it was; 0: there is none.</summary>
    public uint Planned { get; set; }

    public ulong Signature
    {
        get
        {
            if (Count == 0) return 0;
            ulong sum = WorkerState.Mark((int)EndsAt, Variant);
            for (int i = 0; i < Count; i++) sum += WorkerState.Mark(Requests[i], -2 - Processor);
            return sum;
        }
    }

    public void Progress(long now)
    {
        double passed = (now - Updated) * 1e-6;
        Remaining -= passed * Rate;
        Undisturbed += passed / RegisteredFactor;
        Updated = now;
    }

    public void Fit(int count)
    {
        if (Requests.Length < count) Requests = new int[Math.Max(count, 2 * Requests.Length)];
    }

    public void CopyFrom(RunningBatch other)
    {
        Fit(other.Count);
        Array.Copy(other.Requests, Requests, other.Count);
        (Count, Variant, Remaining, Rate) = (other.Count, other.Variant, other.Remaining, other.Rate);
        (RegisteredFactor, Undisturbed) = (other.RegisteredFactor, other.Undisturbed);
        (Started, Updated, EndsAt, PlannedAt, Planned) = (other.Started, other.Updated, other.EndsAt, other.PlannedAt, other.Planned);
    }
}
