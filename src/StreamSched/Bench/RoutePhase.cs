namespace StreamSched.Bench;

/// <summary>One measurement of one loop. Figures per request are of the loop's own threads; the feeder's and an embedded broker's are left out.</summary>
internal sealed record RoutePhase
{
    /// <summary><c>bare</c> or <c>scheduler</c>.</summary>
    public required string Loop { get; init; }

    /// <summary>The scheduler's policy; that of the scheduler run whose shares of topics it repeats for a bare loop.</summary>
    public required string Policy { get; init; }

    /// <summary>Work topics.</summary>
    public required int Workers { get; init; }

    /// <summary>Payload of a request.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>Which pair of runs this belongs to.</summary>
    public required int Pair { get; init; }

    /// <summary>Requests per second that were fed; 0: as many as the loop took.</summary>
    public required double FedRate { get; init; }

    /// <summary>Requests per second that were sent on to workers.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>Processor time of the loop's own thread per request, µs; 0 where the system does not tell.</summary>
    public required double LoopMicros { get; init; }

    /// <summary>Processor time of its clients' threads per request, µs; 0 where the system does not tell.</summary>
    public required double ClientMicros { get; init; }

    /// <summary>Processor time of the whole process per request, feeder included, µs.</summary>
    public required double ProcessMicros { get; init; }

    /// <summary>Bytes that the loop's thread allocated per request.</summary>
    public required double LoopBytes { get; init; }

    /// <summary>Collections of the garbage collector, of any generation.</summary>
    public required int Collections { get; init; }

    /// <summary>From the device's write to the worker's read, median, µs; NaN where it was not measured.</summary>
    public double LatencyP50 { get; init; } = double.NaN;

    /// <summary>The same, 99th percentile.</summary>
    public double LatencyP99 { get; init; } = double.NaN;

    /// <summary>Requests behind the latency figures.</summary>
    public int LatencySamples { get; init; }

    /// <summary>Work topics that got any work in the run.</summary>
    public int TopicsUsed { get; init; }

    /// <summary>Whether every request that was fed was sent on and answered in the end.</summary>
    public bool Complete { get; init; }

    /// <summary>How long work lingered, where that is what was looked at.</summary>
    public TimeSpan? WorkLinger { get; init; }

    /// <summary>The same of decisions.</summary>
    public TimeSpan? DecisionLinger { get; init; }
}
