using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Learning.Joins;
using StreamSched.Learning.Online;
using StreamSched.Simulation.Live;

namespace StreamSched.Learners;

/// <summary>How a learner works.</summary>
internal sealed record LearnerRoleSettings
{
    /// <summary>Its name in records and measurements.</summary>
    public required string Id { get; init; }

    /// <summary>What outcomes are worth.</summary>
    public ValueWeights Value { get; init; } = new();

    /// <summary>What is learned, and how what is proposed is judged.</summary>
    public LiveLearnerSettings Learning { get; init; } = new();

    /// <summary>The file of the policy that learns, where none is published; null: it has none.</summary>
    public LoadedPolicy? Policy { get; init; }

    /// <summary>The policy that learns and has no file, where none is published; null: then nothing is learned until one is.</summary>
    public string? BuiltIn { get; init; }

    /// <summary>What is known of simulated worlds, once it is; null: nothing.</summary>
    public Task<SimulatedOutcomes>? Simulated { get; init; }

    /// <summary>How long the join waits.</summary>
    public JoinSettings Join { get; init; } = new();

    /// <summary>How often what was joined is stored.</summary>
    public TimeSpan CommitPeriod { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many bytes of joined records are kept for feedback to correct.</summary>
    public int KeptBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>How long it may take to read what a predecessor has joined.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Folder of foreign writers' schemas; null: none.</summary>
    public string? SchemaFolder { get; init; }
}
