using StreamSched.Analysis.Replays;
using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Experiments;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Analysis.Worlds;

/// <summary>
/// What a policy is worth when it serves alone, in a world: the one answer that knows what requests take from each other. As good as the world is like the
/// cluster.
/// </summary>
/// <param name="scenario">The world.</param>
/// <param name="seeds">How many runs, from the scenario's seed on, with common random numbers.</param>
/// <param name="exploration">ε.</param>
internal sealed class Resimulation(Scenario scenario, int seeds, float exploration)
{
    private readonly Dictionary<string, double[]> _known = new(StringComparer.Ordinal);

    /// <summary>Value per request, with the interval over seeds.</summary>
    /// <param name="name">What the policy is remembered by.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="cancellation">Stops it.</param>
    public Interval Value(string name, RecordedPolicy policy, CancellationToken cancellation) => Statistics.Mean(Values(name, policy, cancellation));

    /// <summary>How much more than another one, seed by seed.</summary>
    /// <param name="name">The policy.</param>
    /// <param name="policy">It.</param>
    /// <param name="other">The other one.</param>
    /// <param name="than">It.</param>
    /// <param name="cancellation">Stops it.</param>
    public Interval Difference(string name, RecordedPolicy policy, string other, RecordedPolicy than, CancellationToken cancellation) =>
        Statistics.Mean([.. Values(name, policy, cancellation).Zip(Values(other, than, cancellation), (a, b) => a - b)]);

    private double[] Values(string name, RecordedPolicy policy, CancellationToken cancellation)
    {
        if (_known.TryGetValue(name, out double[]? values)) return values;
        SchedulerSettings settings = scenario.Valued(new SchedulerSettings { Exploration = exploration });
        settings = settings with { Policy = PolicyNames.Price, Prepare = () => policy.Make!(settings.Price) };
        values =
        [
            .. Enumerable.Range(0, seeds).Select(s =>
            {
                cancellation.ThrowIfCancellationRequested();
                World world = new(scenario, new WorldSettings { Seed = scenario.Seed + (ulong)s, Scheduler = settings, TimeEvery = 0 });
                return world.Run(cancellation).All.Value(scenario);
            }),
        ];
        _known.Add(name, values);
        return values;
    }
}
