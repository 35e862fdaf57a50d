using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Live;

namespace StreamSched.Simulation.Experiments;

/// <summary>A policy that takes part in an experiment.</summary>
/// <param name="Name">The name in tables; must be unique.</param>
/// <param name="Settings">How its schedulers decide; what outcomes are worth is set by the experiment.</param>
/// <param name="IsHeuristic">Whether it counts among the heuristics that others are compared with.</param>
/// <param name="Create">Makes it where it is not one of the catalogue; given the scheduler's index.</param>
public sealed record PolicyEntry(string Name, SchedulerSettings Settings, bool IsHeuristic, Func<int, ISchedulingPolicy>? Create = null)
{
    /// <summary>Tells files of one name apart that hold different policies; empty: it comes from no file.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The file that it comes from; null: from none.</summary>
    public LoadedPolicy? File { get; init; }

    /// <summary>Whether a learner runs beside it (<see cref="LiveRun"/>).</summary>
    public bool HasLearner { get; init; }

    /// <summary>The same with a learner beside it.</summary>
    public PolicyEntry WithLearner() => this with { Name = Name + " + learner", HasLearner = true, IsHeuristic = false };

    /// <summary>The simple rules: none of them has learned anything, nor pays a price.</summary>
    public static IReadOnlyList<string> Heuristics { get; } =
    [
        PolicyNames.Random, PolicyNames.LeastLoaded, PolicyNames.PowerOfTwo, PolicyNames.EarliestFinish, PolicyNames.DeadlineFarthest, PolicyNames.MostAccurate,
        PolicyNames.OneStepImprovement, PolicyNames.ThresholdOnQueue, PolicyNames.AlwaysSmall, PolicyNames.AlwaysLarge, .. Aset,
    ];

    /// <summary>The seven static policies of ASET (arXiv 2301.13618).</summary>
    public static IReadOnlyList<string> Aset =>
    [
        PolicyNames.Closest, PolicyNames.LoadBalancing, PolicyNames.Farthest, PolicyNames.Cheaper, PolicyNames.RandomProportionalLatency,
        PolicyNames.RandomProportionalLoad, PolicyNames.LeastImpedance,
    ];

    /// <summary>What stands for all of <see cref="Tuned"/> in a list of names.</summary>
    public const string TunedName = "tuned";

    /// <summary>Simple rules with the parameters that a search found best for them (<c>experiment baselines</c>).</summary>
    public static IReadOnlyList<PolicyEntry> Tuned => BaselineSearch.Tuned;

    /// <summary>A policy of the catalogue, without exploration.</summary>
    /// <param name="name">Its registered name.</param>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static PolicyEntry Of(string name)
    {
        SchedulerSettings settings = new() { Policy = name, Exploration = 0 };
        if (settings.Validate() is { Count: > 0 } errors) throw new ArgumentException(string.Join("; ", errors));
        return new PolicyEntry(name, settings, Heuristics.Contains(name));
    }
}
