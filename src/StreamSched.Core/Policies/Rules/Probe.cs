using StreamSched.Core.Cluster;

namespace StreamSched.Core.Policies.Rules;

/// <summary>What a probe has found of a processor.</summary>
internal record struct Probe
{
    /// <summary>Index of the processor.</summary>
    public required int Processor { get; init; }

    /// <summary>Its worker then; with another one it is another processor.</summary>
    public required WorkerState Worker { get; init; }

    /// <summary>When it was looked at, µs.</summary>
    public required long At { get; init; }

    /// <summary>Requests in flight of a slot, and those that were sent since.</summary>
    public required float InFlight { get; set; }

    /// <summary>Seconds until it was free for a request that arrived then.</summary>
    public required float Backlog { get; init; }

    /// <summary>How long a mean request that arrived then would have taken there, in seconds.</summary>
    public required float Latency { get; init; }

    /// <summary>How often it may still be used.</summary>
    public required int UsesLeft { get; set; }
}
