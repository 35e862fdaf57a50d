using StreamSched.Core.Serving;

namespace StreamSched.Core.Cluster;

/// <summary>What a view keeps of a placement. A placement that comes begins with zeros, but for its generation.</summary>
internal struct PlacementRow
{
    public int Processor;
    public VariantDescription Variant;
    public ServiceTable Service;

    /// <summary>Changes whenever the index is given to another placement.</summary>
    public int Generation;

    /// <summary>Index among its worker's kinds of co-runners; -1: none.</summary>
    public int CoRunner;

    // Its task's table, and its row there.
    public TaskTable Table;
    public int Row;

    /// <summary>Own requests that it has not answered.</summary>
    public int InFlight;

    /// <summary>Logarithm of how many times slower than its processor it is.</summary>
    public ServiceEstimate Estimate;

    // Failures: rate, answers EXPIRED in a row, whether it gets probes only, when the next one is due and how long one waits for it, µs.
    public float Failure;
    public int ExpiredInRow;
    public bool IsClosed;
    public long ProbeAt;
    public int ProbeWait;
}
