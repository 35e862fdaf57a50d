using StreamSched.Core.Policies;
using StreamSched.Core.Registry;
using StreamSched.Learning.Joins;
using StreamSched.Learning.Online;

namespace StreamSched.Simulation.Live;

/// <summary>A learner inside a world.</summary>
public sealed record LiveSettings
{
    /// <summary>What it learns.</summary>
    public LiveLearnerSettings Learner { get; init; } = new();

    /// <summary>How long its join waits.</summary>
    public JoinSettings Join { get; init; } = new();

    /// <summary>The file of the policy that serves at first; null: it has none.</summary>
    public LoadedPolicy? Policy { get; init; }

    /// <summary>The policy that serves at first where it has no file.</summary>
    public string BuiltIn { get; init; } = PolicyNames.Price;

    /// <summary>From the learner's word until the schedulers follow it.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What takes over at an instant instead of what the learner says; null: nothing.</summary>
    public LiveOracle? Oracle { get; init; }

    /// <summary>What the learner knows of simulated worlds, so that its network forgets nothing; null: nothing.</summary>
    public SimulatedOutcomes? Simulated { get; init; }
}
