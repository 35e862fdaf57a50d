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
    private readonly Dictionary<RecordedPolicy, double[]> _known = [];

    /// <summary>How much more than another one, seed by seed.</summary>
    /// <param name="policy">The policy, which can be asked.</param>
    /// <param name="than">The other one.</param>
    /// <param name="cancellation">Stops it.</param>
    public Interval Difference(RecordedPolicy policy, RecordedPolicy than, CancellationToken cancellation) =>
        Statistics.Mean([.. Values(policy, cancellation).Zip(Values(than, cancellation), (a, b) => a - b)]);

    private double[] Values(RecordedPolicy policy, CancellationToken cancellation)
    {
        if (_known.TryGetValue(policy, out double[]? values)) return values;
        values = [.. Runs(scenario, policy, exploration, seeds, cancellation).Select(run => run.All.Value(scenario))];
        _known.Add(policy, values);
        return values;
    }

    /// <summary>Runs a world under a policy, seed by seed.</summary>
    /// <param name="scenario">The world.</param>
    /// <param name="policy">The policy, which can be made.</param>
    /// <param name="exploration">ε.</param>
    /// <param name="seeds">How many runs, from the scenario's seed on.</param>
    /// <param name="cancellation">Stops it.</param>
    public static IEnumerable<WorldResult> Runs(Scenario scenario, RecordedPolicy policy, float exploration, int seeds, CancellationToken cancellation)
    {
        SchedulerSettings settings = scenario.Valued(new SchedulerSettings { Exploration = exploration });
        settings = settings with { Policy = PolicyNames.Price, Prepare = () => policy.Prepare(settings.Price) };
        for (int s = 0; s < seeds; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            World world = new(scenario, new WorldSettings { Seed = scenario.Seed + (ulong)s, Scheduler = settings, TimeEvery = 0 });
            yield return world.Run(cancellation);
        }
    }
}
