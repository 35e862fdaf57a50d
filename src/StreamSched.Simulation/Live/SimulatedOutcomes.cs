using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Learning.Online;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;

namespace StreamSched.Simulation.Live;

/// <summary>Outcomes of a network's choices in simulated worlds, which it goes on learning beside those of the cluster, so that it forgets nothing.</summary>
public sealed class SimulatedOutcomes
{
    private const int Worlds = 16, Features = FeatureEncoder.RatioFields;
    private const float Exploration = 0.1f, Share = 0.1f;
    private readonly List<OutcomeSamples> _samples = [];

    private SimulatedOutcomes()
    {
    }

    /// <summary>Runs worlds, some seconds long.</summary>
    /// <param name="policy">The file that serves.</param>
    /// <param name="scenarios">What the worlds are drawn around.</param>
    /// <param name="seed">Of the worlds.</param>
    /// <param name="cancellation">Stops it early.</param>
    public static SimulatedOutcomes Collect(LoadedPolicy policy, IReadOnlyList<Scenario> scenarios, ulong seed, CancellationToken cancellation)
    {
        SimulatedOutcomes collected = new();
        TrainingWorlds worlds = new(new TrainingPlan { Scenarios = scenarios, Seed = seed });
        RuleConstants constants = policy.Constants ?? new RuleConstants();
        Network network = policy.File!.Network;
        for (int w = 0; w < Worlds; w++)
        {
            OutcomeSamples samples = new(Features, Share, seed + (ulong)w);
            worlds.Value(
                seed + (ulong)w, constants, Exploration, c => new ObservedNeuralPolicy(network, c.Price, samples, guarded: false), cancellation);
            collected._samples.Add(samples);
        }

        return collected;
    }

    private delegate void Listener(ReadOnlySpan<float> features, bool onTime);

    /// <summary>Tells them to a learner.</summary>
    /// <param name="learner">Whom.</param>
    public void TellTo(LiveLearner learner) => TellTo(learner.Simulated);

    /// <summary>Tells them to a learner of the network alone.</summary>
    /// <param name="learner">Whom.</param>
    public void TellTo(OnTimeLearner learner) => TellTo(learner.Simulated);

    private void TellTo(Listener listener)
    {
        foreach (OutcomeSamples samples in _samples)
            for (int i = 0; i < samples.Count; i++) listener(samples.Features.Slice(i * Features, Features), samples.Outcomes[i] > 0);
    }
}
