using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Planning;

/// <summary>How long an oracle looks for a better plan.</summary>
public sealed record OracleSettings
{
    /// <summary>Changes of the plan that are tried per request. The same number gives the same plan, unless the time runs out before.</summary>
    public int TriesPerRequest { get; init; } = 100;

    /// <summary>Time for one plan; when it is over, the best one so far counts.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Most requests of a run: the plan's quality falls with their number, since each gets so many tries of which each takes longer.</summary>
    public int MostRequests { get; init; } = 30_000;

    /// <summary>Why there can be no plan for a run; null: there can be.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="seed">The seed of the run.</param>
    public string? Problem(Scenario scenario, ulong seed)
    {
        List<Change> changes = Timeline.Of(scenario, seed);
        if (changes.Exists(c => c.Kind == EventKind.Crash))
            return $"in {scenario.Name} workers crash, and what is sent again the oracle does not plan; leave \"crash\" out of its events";
        if (changes.Exists(c => c.Kind is EventKind.Accuracy or EventKind.Spread or EventKind.Interference or EventKind.Join))
            return $"{scenario.Name} changes accuracy, spread, interference or the workers that there are, and the oracle plans with them as they begin";
        int requests = 0;
        for (Workload workload = new(scenario, seed); requests <= MostRequests && workload.TryNext(out _);) requests++;
        return requests <= MostRequests ? null
            : FormattableString.Invariant($"{scenario.Name} makes more than {MostRequests} requests, the most that the oracle plans for; ")
                + "make it shorter (--duration) or lighter (--rate-scale)";
    }

    /// <summary>
    /// It plans for requests that are made from this instant of the run on, those before keep the best policy's choices: so it begins with machines as that
    /// policy leaves them.
    /// </summary>
    public TimeSpan From { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// It plans for requests that are made before this instant, those after keep the best policy's choices: after the last request of a run patient ones have
    /// the machines to themselves, which nobody has in the long run.
    /// </summary>
    public TimeSpan Until { get; init; } = TimeSpan.MaxValue;

    /// <summary>What the oracle may change about the choices that it starts from.</summary>
    public OracleMoves Moves { get; init; } = OracleMoves.All;
}
