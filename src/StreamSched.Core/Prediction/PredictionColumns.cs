namespace StreamSched.Core.Prediction;

/// <summary>What predictions for one request are made from, pinned: network delays by site, everything else by processor.</summary>
internal unsafe readonly struct PredictionColumns
{
    public required float* Out { get; init; }

    public required float* Back { get; init; }

    /// <summary>How many sites there are.</summary>
    public required int Sites { get; init; }

    public required float* Backlog { get; init; }

    public required float* Correction { get; init; }

    public required float* Deviation { get; init; }

    public required float* Ahead { get; init; }

    public required float* Unknown { get; init; }

    public required float* Scale { get; init; }

    public required float* CapacityPrice { get; init; }

    public required float* DelayPrice { get; init; }

    public required float* Utilisation { get; init; }

    /// <summary>On-time residuals over the short memory.</summary>
    public required float* Residual { get; init; }

    /// <summary>The part to which a network's corrections count.</summary>
    public required float* Trust { get; init; }

    public required OnTimeModel OnTime { get; init; }

    /// <summary>Seconds that are left of the deadline.</summary>
    public required float Left { get; init; }

    /// <summary>By how many deviations a late placement is feasible still.</summary>
    public required float Widen { get; init; }

    /// <summary>The least accuracy.</summary>
    public required float Floor { get; init; }
}
