using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Grid;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Workloads;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Training;

/// <summary>
/// Many worlds from a few scenarios: load, service times and value are drawn, so that what is learned is about ratios of times and not about one cluster. Seeds
/// are below 50,000; those of evaluation begin at 90,001.
/// </summary>
/// <param name="plan">The scenarios.</param>
internal sealed class TrainingWorlds(TrainingPlan plan)
{
    private const int SeedsEnd = 50_000;
    private const double LightestLoad = 0.3, HeaviestLoad = 1.6, ServiceSpan = 10;

    // In a world as short as its deadlines the patient have all machines to themselves after its end, and what is learned there is to refuse nobody.
    private const double LeastSeconds = 4, MostSeconds = 20;
    private readonly double[] _rates = [.. plan.Scenarios.Select(Rate)];

    /// <summary>Draws a world.</summary>
    /// <param name="seed">The same seed, the same world.</param>
    public (Scenario Scenario, ulong Seed) Draw(ulong seed)
    {
        RandomStream random = RandomStream.For(seed, "training world");
        int s = random.NextInt32(plan.Scenarios.Count);
        Scenario scenario = plan.Scenarios[s];
        double sent = _rates[s];
        bool accuracy = random.NextSingle() < 0.5;

        // Half of the worlds whose load 1 is known have arrivals around it: what is scarce there depends on what is valued.
        Scenario steady = GridWorlds.Steady(scenario) with { ValueIsAccuracy = accuracy };
        if (random.NextSingle() < 0.5 && plan.Units?.Known(steady) is { } unit)
            (scenario, sent) = (steady with { Load = unit, WarmUp = 1 }, unit * GridWorlds.Rate);

        // Half of the worlds have the service times as they were measured. With other ones the arrivals go along, or all of them would be idle or drowned.
        double scale = random.NextSingle() < 0.5 ? 1 : Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(ServiceSpan));
        double load = LightestLoad + ((HeaviestLoad - LightestLoad) * random.NextDouble());
        double arrivals = scenario.Load * load / scale, warmUp = Math.Min(scenario.WarmUp, 1);

        // Streams come one by one and stay: a world of them is empty for seconds, and its load is that of its end.
        bool streams = scenario.Arrivals.Any(a => a.Kind == ArrivalKind.Streams);
        if (streams) warmUp = scenario.WarmUp;
        (double requests, double most) = streams ? (4.0 * plan.RequestsPerWorld, 2 * MostSeconds) : (plan.RequestsPerWorld, MostSeconds);
        double seconds = Math.Clamp(requests / Math.Max(1e-9, sent * load / scale), LeastSeconds, most);
        Scenario world = scenario with
        {
            Load = arrivals,
            ServiceScale = scenario.ServiceScale * scale,
            ValueIsAccuracy = accuracy,
            WarmUp = warmUp,
            Duration = Math.Min(scenario.Duration, warmUp + seconds),
        };
        // A quarter of the schedulers hear of each other by telemetry alone; in every third world machines slow down.
        if (random.NextSingle() < 0.25) world = world.WithView(Timeout.InfiniteTimeSpan, TimeSpan.Zero, TimeSpan.FromMilliseconds(500), scaled: true);
        if (random.NextSingle() < 0.33)
        {
            EventDefinition slow = new()
            {
                Kind = EventKind.SlowDown, Every = 5 + (40 * random.NextDouble()), For = 0.5 + (2.5 * random.NextDouble()), Factor = (1.5, 6),
                Workers = [.. Enumerable.Range(0, scenario.WorkerCount)],
            };
            world = world with { Events = [.. world.Events, slow] };
        }

        return (world, 1 + (ulong)random.NextInt32(SeedsEnd - 1));
    }

    /// <summary>What constants and a policy made with them are worth in one drawn world, by that world's own value.</summary>
    /// <param name="seed">Draws the world.</param>
    /// <param name="constants">In force while it runs.</param>
    /// <param name="exploration">Share of random decisions.</param>
    /// <param name="make">Makes the policy of each scheduler.</param>
    /// <param name="stop">Ends it early.</param>
    public double Value(ulong seed, RuleConstants constants, float exploration, Func<RuleConstants, ISchedulingPolicy> make, CancellationToken stop)
    {
        (Scenario scenario, ulong worldSeed) = Draw(seed);
        SchedulerSettings settings = scenario.Valued(
            new SchedulerSettings { Exploration = exploration, Prepare = () => new PreparedPolicy(make(constants), constants) });
        return new World(scenario, new WorldSettings { Seed = worldSeed, Scheduler = settings, TimeEvery = 0 }).Run(stop).All.Value(scenario);
    }

    // Requests per second as the scenario has it, from its own arrivals.
    internal static double Rate(Scenario scenario)
    {
        Workload workload = new(scenario, 1);
        long count = 0;
        while (workload.TryNext(out _)) count++;
        return count / scenario.Duration;
    }
}
