namespace StreamSched.Simulation.Worlds;

/// <summary>What one run of a world gave. Everything but the times of decisions is the same in every run with the same scenario, seed and policy.</summary>
public sealed record WorldResult
{
    /// <summary>Of all requests.</summary>
    public required GroupResult All { get; init; }

    /// <summary>By application.</summary>
    public required IReadOnlyList<GroupResult> Applications { get; init; }

    /// <summary>Answers of each site over all answers.</summary>
    public required IReadOnlyDictionary<string, double> Sites { get; init; }

    /// <summary>Answers of each tier of sites over all answers.</summary>
    public required IReadOnlyDictionary<string, double> Tiers { get; init; }

    /// <summary>Answers of each class of workers over all answers.</summary>
    public required IReadOnlyDictionary<string, double> Classes { get; init; }

    /// <summary>Answers of each variant over all answers.</summary>
    public required IReadOnlyDictionary<string, double> Variants { get; init; }

    /// <summary>Delay, accuracy, energy and cost by site, class and variant.</summary>
    public required IReadOnlyList<PlacementResult> Placements { get; init; }

    /// <summary>Mean share of processors that were running something.</summary>
    public required double Utilisation { get; init; }

    /// <summary>Mean number of requests waiting or running on workers, over time.</summary>
    public required double InSystem { get; init; }

    /// <summary>Mean batch of the runs.</summary>
    public required double Batch { get; init; }

    /// <summary>Decisions taken, repeated ones included.</summary>
    public required long Decisions { get; init; }

    /// <summary>Requests simulated, those of the warm-up included.</summary>
    public required long Simulated { get; init; }

    /// <summary>Failures of the policy that the scheduler covered with its fallback.</summary>
    public required long PolicyFailures { get; init; }

    /// <summary>Median time of one decision on this machine, in seconds.</summary>
    public required double DecisionP50 { get; init; }

    /// <summary>99th percentile of the time of one decision on this machine, in seconds.</summary>
    public required double DecisionP99 { get; init; }
}
