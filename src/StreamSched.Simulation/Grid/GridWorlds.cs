using System.Globalization;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Topologies;
using StreamSched.Simulation.Traces;

namespace StreamSched.Simulation.Grid;

/// <summary>The axes of the evaluation grid: views, patterns of load, and lengths of runs.</summary>
internal static class GridWorlds
{
    /// <summary>Requests per second of a world whose load is 1 before it is calibrated.</summary>
    public const double Rate = 1000;

    // Eight times as many workers are 184 to 528.
    private const int Larger = 8;

    // Seeds from here on evaluate; training uses smaller ones.
    public const ulong EvaluationSeed = 90_001;

    private static readonly ArrivalState[] Burst = [new("calm", 0.39, 0.75), new("busy", 1.05, 0.5), new("burst", 3.15, 0.2)];

    public static readonly string[] Views = ["shared", "stale"];

    public static readonly string[] Patterns = ["steady", "bursts", "rough", "azure", "noisy", "misprofiled", "large"];

    /// <summary>What machines are like, other than the catalogue has them: how service times scatter, how wrong profiles are.</summary>
    public static readonly string[] Machines =
        ["noise-0.15", "noise-0.3", "noise-0.45", "noise-0.6", "noise-1", "exponential", "profile-0.5", "profile-2", "profile-mixed", "deadline-seconds"];

    /// <summary>The world with Poisson arrivals of all its applications in equal shares, and nothing that happens to it.</summary>
    public static Scenario Steady(Scenario world) => world with
    {
        Name = world.Name.Replace("aset-", "", StringComparison.Ordinal),
        Arrivals = [Arrival(world, ArrivalKind.Poisson) with { Rate = [(0, Rate)] }],
        Events = [],
        Load = 1,
        Seed = EvaluationSeed,
    };

    public static Scenario WithView(Scenario world, string view) => view == "shared"
        ? world.WithView(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(2.5), TimeSpan.FromMilliseconds(250), scaled: true)
        : world.WithView(Timeout.InfiniteTimeSpan, TimeSpan.Zero, TimeSpan.FromMilliseconds(500), scaled: true);

    /// <summary>A pattern of the same mean rate.</summary>
    /// <param name="steady">The world as <see cref="Steady"/> gives it.</param>
    /// <param name="pattern">One of <see cref="Patterns"/>.</param>
    /// <param name="trace">The Azure trace.</param>
    public static Scenario WithPattern(Scenario steady, string pattern, ArrivalTrace trace)
    {
        switch (pattern)
        {
            case "bursts":
                double mean = Burst.Sum(s => s.Rate * s.MeanSeconds) / Burst.Sum(s => s.MeanSeconds);
                ArrivalState[] states = [.. Burst.Select(s => s with { Rate = s.Rate * Rate / mean })];
                return steady with { Arrivals = [Arrival(steady, ArrivalKind.MarkovModulated) with { States = states }] };
            case "rough":
                int[] all = [.. Enumerable.Range(0, steady.Workers.Count)];
                return steady with
                {
                    Events =
                    [
                        new EventDefinition { Kind = EventKind.SlowDown, Every = 60, For = 3, Factor = (3, 5), Workers = all },
                        new EventDefinition { Kind = EventKind.Crash, Every = 240, For = 5, Workers = all },
                    ],
                };
            case "azure":
                // The whole trace within the run.
                double end = trace.Rates[^1].At + (trace.Rates[^1].At - trace.Rates[^2].At), average = 0;
                for (int i = 0; i < trace.Rates.Count; i++)
                    average += trace.Rates[i].Value * ((i + 1 < trace.Rates.Count ? trace.Rates[i + 1].At : end) - trace.Rates[i].At) / end;
                return steady with
                {
                    Arrivals = [Arrival(steady, ArrivalKind.Trace) with { Trace = trace, Speed = end / steady.Duration, Scale = Rate / average }],
                };
            case "noisy":
                // Half of the machines scatter as cloud functions do, the other half as the textbook's.
                return steady with { Workers = [.. steady.Workers.Select((w, i) => Scattered(w, i % 2 == 0 ? new ServiceNoise(0.6, false) : Exponential))] };
            case "large":
                // So many times the machines and the requests; half as long, since all of them are simulated.
                return steady with
                {
                    Workers = [.. steady.Workers.SelectMany(w => Enumerable.Range(1, Larger).Select(i => w with { Id = $"{w.Id}-{i}" }))],
                    Arrivals = [Arrival(steady, ArrivalKind.Poisson) with { Rate = [(0, Larger * Rate)] }],
                    Duration = steady.Duration / 2,
                    WarmUp = steady.WarmUp / 2,
                };
            case "misprofiled":
                return WithMachines(steady, "profile-mixed");
            default:
                return steady;
        }
    }

    /// <summary>The same world with machines of another kind.</summary>
    /// <param name="world">The world.</param>
    /// <param name="machines">One of <see cref="Machines"/>.</param>
    public static Scenario WithMachines(Scenario world, string machines)
    {
        string kind = machines.Split('-')[^1];
        return machines.Split('-')[0] switch
        {
            "noise" => world with { Noise = new ServiceNoise(double.Parse(kind, CultureInfo.InvariantCulture), Exponential: false) },
            "exponential" => world with { Noise = Exponential },
            "profile" when kind == "mixed" => Registered(world, i => i % 3 == 0 ? 1 : i % 3 == 1 ? 0.5 : 2),
            "profile" => Registered(world, _ => double.Parse(kind, CultureInfo.InvariantCulture)),
            _ => world with { Applications = [.. world.Applications.Select(a => a with { Deadline = (a.Deadline.Least * 20, a.Deadline.Most * 20) })] },
        };

        static Scenario Registered(Scenario world, Func<int, double> scale) =>
            world with { Workers = [.. world.Workers.Select((w, i) => Misregistered(w, scale(i)))] };
    }

    private static ServiceNoise Exponential => new(0, Exponential: true);

    internal static WorkerDefinition Misregistered(WorkerDefinition worker, double factor) =>
        worker with { RegisteredScales = [.. worker.RegisteredScales.Select(s => s * factor)] };

    internal static WorkerDefinition Scattered(WorkerDefinition worker, ServiceNoise noise) =>
        worker with { Class = worker.Class with { Services = [.. worker.Class.Services.Select(s => s with { Noise = noise })] } };

    /// <summary>At a load, long enough for so many requests, within limits.</summary>
    public static Scenario AtLoad(Scenario world, double load, double requests = 80_000)
    {
        // Where services are quick everything settles sooner, and there is more of it.
        double least = 1 + (3 * Math.Clamp(world.ServiceScale, 0.25, 1)), duration = Math.Round(Math.Clamp(requests / (Rate * load), least, 14));
        return world with { Load = load, Duration = duration, WarmUp = 1 };
    }

    private static ArrivalDefinition Arrival(Scenario world, ArrivalKind kind) => new()
    {
        Kind = kind, Applications = [.. world.Applications.Select((_, i) => (i, 1.0))],
        Sites = [.. Enumerable.Range(0, world.Sites.Count).Where(s => world.Sites[s].Tier == SiteDefinition.Access)],
    };
}
