using StreamSched.Core.Policies;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;
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
    private const double LeastSeconds = 4, MostSeconds = 40, DeadlinesInAWorld = 4;
    private const int LeastWorkers = 2, MostWorkers = 1000, MostVariants = 10;
    private const double LeastNoise = 0.03, MostNoise = 1.5, WrongProfile = 2.5, LeastDeadline = 0.02, MostDeadline = 10;

    private readonly double[] _rates = [.. plan.Scenarios.Select(Rate)];

    /// <summary>Draws a world.</summary>
    /// <param name="seed">The same seed, the same world.</param>
    public (Scenario Scenario, ulong Seed) Draw(ulong seed)
    {
        RandomStream random = RandomStream.For(seed, "training world");
        int s = random.NextInt32(plan.Scenarios.Count);
        Scenario scenario = plan.Scenarios[s];
        bool accuracy = random.NextSingle() < 0.5;

        // More machines serve more: arrivals go along.
        (scenario, double size) = Resized(Reduced(scenario, ref random), _rates[s], plan.RequestsPerWorld, ref random);
        double sent = _rates[s] * size;
        scenario = scenario with { Load = scenario.Load * size };

        // Half of the worlds whose load 1 is known have arrivals around it: what is scarce there depends on what is valued.
        Scenario steady = GridWorlds.Steady(scenario) with { ValueIsAccuracy = accuracy };
        if (random.NextSingle() < 0.5 && plan.Units?.Known(GridWorlds.Steady(plan.Scenarios[s]) with { ValueIsAccuracy = accuracy }) is { } unit)
            (scenario, sent) = (steady with { Load = unit * size, WarmUp = 1 }, unit * size * GridWorlds.Rate);

        // Half of the worlds have the service times as they were measured. With other ones the arrivals go along, or all of them would be idle or drowned.
        double scale = random.NextSingle() < 0.5 ? 1 : Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(ServiceSpan));
        double load = LightestLoad + ((HeaviestLoad - LightestLoad) * random.NextDouble());
        double arrivals = scenario.Load * load / scale, warmUp = Math.Min(scenario.WarmUp, 1);

        // Streams come one by one and stay: a world of them is empty for seconds, and its load is that of its end.
        bool streams = scenario.Arrivals.Any(a => a.Kind == ArrivalKind.Streams);
        if (streams) warmUp = scenario.WarmUp;
        (double requests, double most) = streams ? (4.0 * plan.RequestsPerWorld, MostSeconds) : (plan.RequestsPerWorld, MostSeconds);
        double seconds = Math.Clamp(requests / Math.Max(1e-9, sent * load / scale), LeastSeconds, most);
        Scenario world = scenario with
        {
            Load = arrivals,
            ServiceScale = scenario.ServiceScale * scale,
            ValueIsAccuracy = accuracy,
            WarmUp = warmUp,
            Duration = Math.Min(scenario.Duration, warmUp + seconds),
        };
        world = Disturbed(world, ref random);

        // A quarter of the schedulers hear of each other by telemetry alone; in every third world machines slow down.
        if (random.NextSingle() < 0.25) world = world.WithView(Timeout.InfiniteTimeSpan, TimeSpan.Zero, TimeSpan.FromMilliseconds(500), scaled: true);
        if (random.NextSingle() < 0.33)
        {
            EventDefinition slow = new()
            {
                Kind = EventKind.SlowDown, Every = 5 + (40 * random.NextDouble()), For = 0.5 + (2.5 * random.NextDouble()), Factor = (1.5, 6),
                Workers = [.. Enumerable.Range(0, world.WorkerCount)],
            };
            world = world with { Events = [.. world.Events, slow] };
        }

        return (world, 1 + (ulong)random.NextInt32(SeedsEnd - 1));
    }

    // Every fourth world has another number of machines, from 2 to 1,000, as long as one of the least length has four times the usual requests at most. Which
    // ones is drawn, and so is which of them come twice. Factor on what arrives: the size of the new cluster over that of the old.
    private static (Scenario World, double Size) Resized(Scenario world, double rate, double requests, ref RandomStream random)
    {
        if (random.NextSingle() >= 0.25) return (world, 1);
        int count = world.Workers.Count;
        double most = Math.Clamp(count * (4 * requests / LeastSeconds) / Math.Max(1, rate), count, MostWorkers);
        int size = (int)Math.Round(Between(LeastWorkers, most, ref random));
        List<WorkerDefinition> left = [.. world.Workers], drawn = [];
        for (int i = 0; i < size; i++)
        {
            if (left.Count == 0) left.AddRange(world.Workers);
            int at = random.NextInt32(left.Count);
            drawn.Add(left[at] with { Id = FormattableString.Invariant($"{left[at].Id}-{i}") });
            left.RemoveAt(at);
        }

        // Events name workers by their place in the list.
        return (world with { Workers = drawn, Events = [] }, (double)size / count);
    }

    // Every fourth world has fewer variants of each task, down to one.
    private static Scenario Reduced(Scenario world, ref RandomStream random)
    {
        if (random.NextSingle() >= 0.25) return world;
        HashSet<string> kept = new(StringComparer.Ordinal);
        foreach (IGrouping<string, VariantDefinition> task in world.Workers.SelectMany(w => w.Variants).DistinctBy(v => v.Name).GroupBy(v => v.Task))
        {
            List<VariantDefinition> left = [.. task.OrderBy(v => v.Name, StringComparer.Ordinal)];
            for (int n = 1 + random.NextInt32(Math.Min(MostVariants, left.Count)); n > 0; n--)
            {
                int at = random.NextInt32(left.Count);
                kept.Add(left[at].Name);
                left.RemoveAt(at);
            }
        }

        // A worker that holds none of them keeps what it has: a world without candidates teaches nothing.
        return world with { Workers = [.. world.Workers.Select(w => w with { Variants = Left(w) })] };

        IReadOnlyList<VariantDefinition> Left(WorkerDefinition worker)
        {
            VariantDefinition[] left = [.. worker.Variants.Where(v => kept.Contains(v.Name))];
            return left.Length > 0 ? left : worker.Variants;
        }
    }

    // What machines and requests are like that no catalogue tells: service times that scatter, profiles that are wrong, other deadlines, machines that go.
    private static Scenario Disturbed(Scenario world, ref RandomStream random)
    {
        if (random.NextSingle() < 0.5)
        {
            ServiceNoise noise = random.NextSingle() < 0.3 ? new(0, Exponential: true) : new(Between(LeastNoise, MostNoise, ref random), Exponential: false);
            bool all = random.NextSingle() < 0.5;
            WorkerDefinition[] workers = [.. world.Workers];
            for (int w = 0; w < workers.Length; w++)
                if (all || random.NextSingle() < 0.5) workers[w] = GridWorlds.Scattered(workers[w], noise);
            world = world with { Workers = workers };
        }

        if (random.NextSingle() < 0.25)
        {
            bool mixed = random.NextSingle() < 0.5;
            double one = Wrong(ref random);
            WorkerDefinition[] workers = [.. world.Workers];
            for (int w = 0; w < workers.Length; w++) workers[w] = GridWorlds.Misregistered(workers[w], mixed ? Wrong(ref random) : one);
            world = world with { Workers = workers };
        }

        if (random.NextSingle() < 0.25)
        {
            // It lasts as many of its deadlines, which may be four times as long as it was.
            double longer = Between(0.5, 100, ref random), seconds = world.Duration - world.WarmUp, most = Math.Min(MostDeadline, seconds);
            ApplicationDefinition[] patient = [.. world.Applications.Select(Patient)];
            seconds = Math.Max(seconds, DeadlinesInAWorld * patient.Max(a => a.Deadline.Most));
            world = world with { Applications = patient, Duration = world.WarmUp + seconds };

            ApplicationDefinition Patient(ApplicationDefinition a) => a with { Deadline = (Within(a.Deadline.Least), Within(a.Deadline.Most)) };

            double Within(double deadline) => Math.Clamp(deadline * longer, LeastDeadline, most);
        }

        if (random.NextSingle() < 0.15)
        {
            EventDefinition gone = new()
            {
                Kind = EventKind.Crash, Every = Between(20, 240, ref random), For = Between(1, 10, ref random),
                Workers = [.. Enumerable.Range(0, world.Workers.Count)],
            };
            world = world with { Events = [.. world.Events, gone] };
        }

        return world;
    }

    private static double Wrong(ref RandomStream random) => Between(1 / WrongProfile, WrongProfile, ref random);

    // Uniform in the logarithm.
    private static double Between(double least, double most, ref RandomStream random) =>
        Math.Exp(Math.Log(least) + (random.NextDouble() * Math.Log(most / least)));

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
