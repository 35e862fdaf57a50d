using StreamSched.Core.Cluster;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Online;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Training;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Live;

/// <summary>What somebody would serve with who had known the change: a network that was trained in the world as it is then, and true accuracies.</summary>
/// <param name="At">When it takes over, in seconds.</param>
/// <param name="Policy">The file.</param>
/// <param name="Accuracies">The true ones.</param>
public sealed record LiveOracle(double At, LoadedPolicy Policy, IReadOnlyList<AccuracyEstimate> Accuracies)
{
    private const int Rounds = 4, Features = FeatureEncoder.RatioFields;
    private const ulong FirstSeed = 40_001; // of training; those of evaluation begin at 90,001
    private const double Seconds = 120;

    /// <summary>Trains it, on outcomes of its own choices.</summary>
    /// <param name="scenario">The world with its change.</param>
    /// <param name="policy">What serves before.</param>
    /// <param name="scheduler">How the schedulers decide.</param>
    /// <param name="cancellation">Stops it early.</param>
    public static LiveOracle Train(Scenario scenario, LoadedPolicy policy, SchedulerSettings scheduler, CancellationToken cancellation)
    {
        double at = scenario.Events.Count == 0 ? 0 : scenario.Events.Min(e => e.At);
        Scenario after = scenario with
        {
            Duration = Seconds,
            WarmUp = 0,
            Events = [.. scenario.Events.Select(e => e with { At = 0, Over = 0 })],
            Labels = null,
        };
        RuleConstants constants = policy.Constants ?? new RuleConstants();
        OnTimeLearner learner = new(
            policy.File!.Network,
            new OnTimeLearnerSettings { PeriodOutcomes = int.MaxValue, Period = TimeSpan.MaxValue, Remembered = 200_000, Passes = 4, SimulatedShare = 0 },
            FirstSeed);
        IReadOnlyList<AccuracyEstimate> accuracies = [];
        for (int round = 0; round < Rounds; round++)
        {
            Network network = learner.Candidate.Clone();
            OutcomeSamples samples = new(Features, 1.01f, FirstSeed);
            SchedulerSettings settings = scenario.Valued(scheduler) with
            {
                Prepare = () => new PreparedPolicy(new ObservedNeuralPolicy(network, constants.Price, samples, guarded: false), constants),
            };
            World world = new(after, new WorldSettings { Seed = FirstSeed + (ulong)round, Scheduler = settings, TimeEvery = 0 });
            foreach (Scheduler s in world.Schedulers) s.View.SetAccuracies(accuracies);
            world.Run(cancellation);
            accuracies = world.TrueAccuracies();
            for (int i = 0; i < samples.Count; i++) learner.Add(samples.Features.Slice(i * Features, Features), samples.Outcomes[i] > 0, 0);
            learner.Begin(learner.Candidate);
            learner.EndPeriod();
        }

        return new LiveOracle(at, LoadedPolicy.Parse(new PolicyFile(learner.Candidate.Clone(), policy.Metadata).ToBytes()), accuracies);
    }
}
