namespace StreamSched.Bench;

/// <summary>What the routing benchmark runs.</summary>
internal sealed record RouteOptions
{
    /// <summary>The broker as the user named it.</summary>
    public required string Broker { get; init; }

    /// <summary>Numbers of workers, each with its own topic; divisors of 64.</summary>
    public required IReadOnlyList<int> Workers { get; init; }

    /// <summary>Sizes of a request's payload.</summary>
    public required IReadOnlyList<int> Payloads { get; init; }

    /// <summary>Policies; the first one gets the latency runs and all repetitions.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>Rates at which latency is measured, requests per second.</summary>
    public required IReadOnlyList<double> Rates { get; init; }

    /// <summary>Length of each measurement.</summary>
    public required double Seconds { get; init; }

    /// <summary>Pairs of runs of the first policy.</summary>
    public required int Repetitions { get; init; }

    /// <summary>Partitions of requests and of the topics that have as many.</summary>
    public int Partitions { get; init; } = 4;

    /// <summary>Runs before a measurement counts, in seconds.</summary>
    public double WarmUp => Math.Min(1, Seconds / 2);
}
