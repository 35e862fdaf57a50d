using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Core.Serving;
using StreamSched.Simulation.Topologies;

namespace StreamSched.Simulation.Scenarios;

/// <summary>Everything that a world is made of, read and checked. <c>ScenarioFile</c> reads one.</summary>
public sealed record Scenario
{
    /// <summary>The greatest first seed.</summary>
    public const ulong GreatestSeed = 1_000_000_000_000_000;

    /// <summary>Name of ECSRL's objective.</summary>
    public const string EnergyAndTime = "energy-and-time";

    /// <summary>Name of ECSRL's objective where energy is not weighed.</summary>
    public const string Time = "time";

    internal Scenario()
    {
    }

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>What it shows.</summary>
    public string Description { get; init; } = "";

    /// <summary>Seconds during which requests arrive.</summary>
    public double Duration { get; init; } = 20;

    /// <summary>Seconds at the start whose requests are not counted.</summary>
    public double WarmUp { get; init; } = 2;

    /// <summary>The first seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>All arrivals times this.</summary>
    public double Load { get; init; } = 1;

    /// <summary>All service times times this.</summary>
    public double ServiceScale { get; init; } = 1;

    /// <summary>How service times scatter, whatever the classes of workers say; null: as they say.</summary>
    internal ServiceNoise? Noise { get; init; }

    /// <summary>Whether an answer counts with its accuracy, or as one.</summary>
    public bool ValueIsAccuracy { get; init; } = true;

    /// <summary>One of <see cref="ValueWeights.Presets"/>, which says what an answer and its energy, latency and cost count; null: the answer alone counts, as
    /// <see cref="ValueIsAccuracy"/> says.</summary>
    public string? Preset { get; init; }

    /// <summary>ECSRL's objective instead of either: minus weighted energy and completion time, per request; null: an answer in time is what counts.</summary>
    public EcsrlReward? Objective { get; init; }

    /// <summary>ECSRL's objective by its name, <see cref="Time"/> or <see cref="EnergyAndTime"/>; null for any other name of a value.</summary>
    /// <param name="value">The name.</param>
    public static EcsrlReward? ObjectiveOf(string? value) => value switch
    {
        Time => EcsrlReward.OfTime,
        EnergyAndTime => new EcsrlReward(),
        _ => null,
    };

    /// <summary>What an outcome is worth.</summary>
    public ValueWeights Weights =>
        Objective?.Weights(MeanDeadline) ?? (Preset is null ? new() { Accuracy = ValueIsAccuracy ? 1 : 0 } : ValueWeights.Presets[Preset]);

    /// <summary>Name of the value.</summary>
    public string ValueName => Objective is { } o ? o.PerJoule > 0 ? EnergyAndTime : Time : Preset ?? (ValueIsAccuracy ? "accuracy" : "success");

    /// <summary>What makes a placement feasible.</summary>
    public FeasibilityRule Mask { get; init; }

    /// <summary>Figures that nobody measured; every report of this scenario carries them.</summary>
    public IReadOnlyList<string> Assumed { get; init; } = [];

    /// <summary>Number of workers.</summary>
    public int WorkerCount => Workers.Count;

    internal IReadOnlyList<SiteDefinition> Sites { get; init; } = [];

    /// <summary>[from, to] by index of the site.</summary>
    internal LinkDefinition[,] Links { get; init; } = new LinkDefinition[0, 0];

    internal IReadOnlyList<WorkerDefinition> Workers { get; init; } = [];

    internal IReadOnlyList<ApplicationDefinition> Applications { get; init; } = [];

    internal IReadOnlyList<ArrivalDefinition> Arrivals { get; init; } = [];

    internal SchedulerDefinition Schedulers { get; init; } = new();

    internal IReadOnlyList<EventDefinition> Events { get; init; } = [];

    internal LabelDefinition? Labels { get; init; }

    /// <summary>The same world with another way of keeping the schedulers informed.</summary>
    /// <param name="sharePeriod">Between reports of what was sent; infinite: never.</param>
    /// <param name="shareDelay">Until the others have one.</param>
    /// <param name="telemetryPeriod">Between two telemetry records of a worker.</param>
    /// <param name="scaled">Whether unknown work of others is assumed to be like one's own.</param>
    public Scenario WithView(TimeSpan sharePeriod, TimeSpan shareDelay, TimeSpan telemetryPeriod, bool scaled) => this with
    {
        Schedulers = Schedulers with
        {
            SharePeriod = sharePeriod == Timeout.InfiniteTimeSpan ? double.PositiveInfinity : sharePeriod.TotalSeconds,
            ShareDelay = shareDelay.TotalSeconds,
            TelemetryPeriod = telemetryPeriod.TotalSeconds,
            Scaled = scaled,
        },
    };

    /// <summary>Settings of a scheduler that seeks this scenario's value.</summary>
    /// <param name="settings">All else.</param>
    public SchedulerSettings Valued(SchedulerSettings settings) => settings with
    {
        Value = Objective is null && Preset is null ? settings.Value with { Accuracy = Weights.Accuracy } : Weights,
    };

    // Of the applications, as often as each is chosen.
    private float MeanDeadline
    {
        get
        {
            double shares = Applications.Sum(a => a.Share);
            return (float)Applications.Sum(a => (shares > 0 ? a.Share / shares : 1.0 / Applications.Count) * (a.Deadline.Least + a.Deadline.Most) / 2);
        }
    }
}
