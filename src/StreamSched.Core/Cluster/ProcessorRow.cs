namespace StreamSched.Core.Cluster;

/// <summary>What a view keeps of a processor and looks at one processor at a time. A processor that comes begins with zeros.</summary>
internal struct ProcessorRow()
{
    // Who it is.
    public string Id = "";
    public ProcessorDescription Description = null!;
    public WorkerState? Worker;
    public int[] Placements = [];
    public int Site;

    /// <summary>Index of its worker's class.</summary>
    public int Class;

    /// <summary>Whether predicted processor times change with what is under way there.</summary>
    public bool HasDynamicProcessorTime;

    /// <summary>Own work under way, in seconds of capacity.</summary>
    public float OwnCapacity;

    /// <summary>Running mean of the predicted network delay there, in seconds.</summary>
    public float MeanOut;

    /// <summary>When the last answer was read, µs.</summary>
    public long LastResult;

    /// <summary>Variance of the error of the network delay there, in seconds squared.</summary>
    public float NetworkVariance;

    /// <summary>Mean square of the error of predicted slack, in σ.</summary>
    public float ErrorSquare;

    /// <summary>Logarithm of how many times slower than profiled it is.</summary>
    public ServiceEstimate Estimate;

    /// <summary>How service times there scatter about that.</summary>
    public ServiceSpread Spread = new();
}
