using StreamSched.Reports;

namespace StreamSched.Bench;

/// <summary>Everything that the routing benchmark found.</summary>
internal sealed record RouteReport
{
    /// <summary>Where and when.</summary>
    public required RunConditions Conditions { get; init; }

    /// <summary>The command line that repeats it.</summary>
    public required string Command { get; init; }

    /// <summary>What was run.</summary>
    public required RouteOptions Options { get; init; }

    /// <summary>All measurements.</summary>
    public required IReadOnlyList<RoutePhase> Phases { get; init; }

    /// <summary>The dispatcher without clients.</summary>
    public required IReadOnlyList<DispatcherCost> Dispatcher { get; init; }

    /// <summary>Throughput of both loops, by policy, workers and payload.</summary>
    public IReadOnlyList<RoutePair> Pairs =>
    [
        .. Phases.Where(p => p.FedRate == 0).GroupBy(p => (p.Policy, p.Workers, p.PayloadBytes))
            .Select(g => RoutePair.Of(g.Key.Policy, g.Key.Workers, g.Key.PayloadBytes, [.. g])),
    ];
}

/// <summary>What the dispatcher alone costs, over a sink in memory.</summary>
/// <param name="Policy">Its policy.</param>
/// <param name="Workers">Workers.</param>
/// <param name="Nanoseconds">Per request and its result, median of many rounds.</param>
/// <param name="Bytes">Allocated per request and its result.</param>
internal sealed record DispatcherCost(string Policy, int Workers, double Nanoseconds, double Bytes);

/// <summary>Both loops side by side: medians over the runs, the ratio of each run of the scheduler to the bare run beside it.</summary>
internal sealed record RoutePair
{
    /// <summary>Policy.</summary>
    public required string Policy { get; init; }

    /// <summary>Work topics.</summary>
    public required int Workers { get; init; }

    /// <summary>Payload of a request.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>The bare loop, medians.</summary>
    public required RouteMedians Bare { get; init; }

    /// <summary>The scheduler, medians.</summary>
    public required RouteMedians Scheduler { get; init; }

    /// <summary>Scheduler over bare, in order of the pairs.</summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>Median of the ratios.</summary>
    public double Ratio => Percentile.Median(Ratios);

    /// <summary>Puts the runs side by side.</summary>
    public static RoutePair Of(string policy, int workers, int payload, IReadOnlyList<RoutePhase> phases) => new()
    {
        Policy = policy, Workers = workers, PayloadBytes = payload,
        Bare = RouteMedians.Of(phases.Where(p => p.Loop == RouteBench.Bare)), Scheduler = RouteMedians.Of(phases.Where(p => p.Loop == RouteBench.Scheduler)),
        Ratios =
        [
            .. phases.GroupBy(p => p.Pair).OrderBy(g => g.Key).Where(g => g.Count() == 2)
                .Select(g => g.Single(p => p.Loop == RouteBench.Scheduler).RequestsPerSecond / g.Single(p => p.Loop == RouteBench.Bare).RequestsPerSecond),
        ],
    };
}

/// <summary>Medians over some runs.</summary>
/// <param name="RequestsPerSecond">Throughput.</param>
/// <param name="LoopMicros">Processor time of the loop's thread per request, µs.</param>
/// <param name="ClientMicros">Processor time of its clients' threads per request, µs.</param>
/// <param name="LoopBytes">Bytes that the loop's thread allocated per request.</param>
/// <param name="TopicsUsed">Work topics that got work.</param>
internal sealed record RouteMedians(double RequestsPerSecond, double LoopMicros, double ClientMicros, double LoopBytes, int TopicsUsed)
{
    /// <summary>Of these runs.</summary>
    public static RouteMedians Of(IEnumerable<RoutePhase> runs)
    {
        RoutePhase[] all = [.. runs];
        return new RouteMedians(
            Percentile.Median(all.Select(r => r.RequestsPerSecond)), Percentile.Median(all.Select(r => r.LoopMicros)),
            Percentile.Median(all.Select(r => r.ClientMicros)), Percentile.Median(all.Select(r => r.LoopBytes)),
            all.Length == 0 ? 0 : all.Max(r => r.TopicsUsed));
    }
}
