using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <summary>One worker as the view knows it.</summary>
public sealed class WorkerState
{
    internal WorkerState(WorkerDescription description, int site, int[] processors, int[] placements, long now)
    {
        (Description, Site, Processors, Placements) = (description, site, processors, placements);
        (ProcessorIndices, PlacementIndices) = (processors, placements);
        LastHeard = now;
        TotalSlots = description.Processors.Sum(p => p.Slots);
        HasCoRunners = TotalSlots > 1 && !description.Interference.IsEmpty;
        CoRunners = HasCoRunners ? [.. description.Variants.Select(v => v.Name)] : [];
        Interference = new BoundInterference(HasCoRunners ? description.Interference : InterferenceTable.None, CoRunners);
        Counts = new float[CoRunners.Length];
        Beside = new float[CoRunners.Length];
    }

    /// <summary>As it registered itself.</summary>
    public WorkerDescription Description { get; }

    /// <summary>Index of its site.</summary>
    public int Site { get; }

    /// <summary>Indices of its processors.</summary>
    public IReadOnlyList<int> Processors { get; }

    /// <summary>Indices of its placements.</summary>
    public IReadOnlyList<int> Placements { get; }

    /// <summary>When it was last heard of. µs.</summary>
    public long LastHeard { get; internal set; }

    /// <summary>What the age of its telemetry says.</summary>
    public Liveness Liveness { get; internal set; } = Liveness.Fresh;

    /// <summary>Whether it sends telemetry and leaves what it is given unanswered.</summary>
    public bool IsSilent { get; internal set; }

    /// <summary>Whether it asked for no more work.</summary>
    public bool Draining { get; internal set; }

    // The same as Processors: going through an array allocates no enumerator.
    internal int[] ProcessorIndices { get; }

    internal int TotalSlots { get; }

    internal bool HasCoRunners { get; }

    // Kinds of co-runners, and how many of each are in flight; Beside is scratch.
    internal string[] CoRunners { get; }

    internal BoundInterference Interference { get; }

    internal float[] Counts { get; }

    internal float[] Beside { get; }

    internal int InFlight { get; set; }

    // The same as Placements.
    internal int[] PlacementIndices { get; }

    /// <summary>By how much its clock is ahead of the scheduler's, by its answers or else its telemetry, µs; 0: equal as far as can be told.</summary>
    public long ClockAhead => AnsweredAhead ?? Math.Max(0, -(TelemetryDelay.Micros ?? 0));

    /// <summary>When its telemetry was read less when it says that it was sent; at the least, lately.</summary>
    internal LeastDelay TelemetryDelay;

    /// <summary>By how much the instants in its last answers are ahead, µs.</summary>
    internal long? AnsweredAhead { get; set; }

    /// <summary>What <see cref="TelemetryDelay"/> holds, µs; null: nothing was heard yet.</summary>
    public long? TelemetryDelayMicros => TelemetryDelay.Micros;

    // Share of the latest requests that it left unanswered; how many have no answer yet, by when the next is expected, and how long one may take, µs.
    internal float Silence { get; set; }

    internal int UnderWay { get; set; }

    internal long ExpectedBy { get; set; }

    internal long Patience { get; set; }
}
