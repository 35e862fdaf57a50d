namespace StreamSched.Core.Policies;

/// <summary>
/// What an outcome is worth: (accuracy or 1 if on time, else 0) minus weighted energy, latency over deadline, and cost. One definition for scheduler,
/// simulator and learner.
/// </summary>
public sealed record ValueWeights
{
    /// <summary>1: an answer on time is worth its accuracy; 0: it is worth 1.</summary>
    public float Accuracy { get; init; } = 1;

    /// <summary>Per joule.</summary>
    public float Energy { get; init; }

    /// <summary>Per latency over deadline.</summary>
    public float Latency { get; init; }

    /// <summary>Per unit of the settings' currency.</summary>
    public float Cost { get; init; }

    /// <summary>The presets by name.</summary>
    public static IReadOnlyDictionary<string, ValueWeights> Presets { get; } = new Dictionary<string, ValueWeights>(StringComparer.Ordinal)
    {
        ["balanced"] = new() { Energy = 0.05f, Latency = 0.05f, Cost = 1 },
        ["latency"] = new() { Accuracy = 0.2f, Latency = 0.5f },
        ["energy"] = new() { Energy = 0.5f },
        ["accuracy"] = new(),
        ["throughput"] = new() { Accuracy = 0 },
    };

    /// <summary>What an answer in time is worth before its costs.</summary>
    /// <param name="accuracy">0..1.</param>
    /// <param name="weight">The request's weight.</param>
    public float Answer(float accuracy, float weight) => weight * (1 - (Accuracy * (1 - accuracy)));

    /// <summary>What it costs beside.</summary>
    /// <param name="joules">Energy.</param>
    /// <param name="latencyOverDeadline">Ratio.</param>
    /// <param name="cost">In the settings' currency.</param>
    public float Costs(float joules, float latencyOverDeadline, float cost) => (Energy * joules) + (Latency * latencyOverDeadline) + (Cost * cost);
}
