using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Learning.Reinforcement;
using StreamSched.Simulation.Scenarios;

namespace StreamSched.Simulation.Training;

/// <summary>PPO over the choice between small and large models, with a recurrent memory or, for comparison, without one.</summary>
/// <param name="memory">Whether it has a memory.</param>
internal sealed class TanTrainer(bool memory = true) : IPolicyTrainer
{
    public string Kind => memory ? TanPolicy.Kind : TanPolicy.Kind + "-no-memory";

    public string Summary =>
        memory ? "small or large model under a hidden state of the load, by PPO with a recurrent memory" : "the same without a memory, for comparison";

    public IPolicyTraining Start(TrainingPlan plan) => new Training(plan, memory);

    private sealed class Training : IPolicyTraining
    {
        private const int Units = 16, Worlds = 4, Comparisons = 4;
        private static readonly PpoSettings Settings = new()
        {
            Adam = new AdamSettings { LearningRate = 2e-3f, Epsilon = 1e-5f, MaxGradientNorm = 0.5f }, DecayLearningRate = false, Discount = 0.97f,
            Lambda = 0.95f, EntropyWeight = 0.003f, Epochs = 4, Minibatches = 8, MaxDivergence = 0.03f, SequenceLength = 64,
        };

        private readonly TrainingPlan _plan;
        private readonly StudyWorlds _worlds;
        private readonly Ppo _ppo;
        private readonly BestSoFar _best;
        private long _index;
        private long _decisions;

        public Training(TrainingPlan plan, bool memory)
        {
            _plan = plan;
            _worlds = new StudyWorlds(plan, lightest: 0.8, heaviest: 1.2);
            ActorCritic model = new(TanPolicy.Shape(memory ? Units : 0));
            RandomStream random = RandomStream.For(plan.Seed, "tan");
            model.Initialize(ref random);
            _ppo = new Ppo(model, Settings, plan.Seed);
            _best = new BestSoFar(model.Parameters);
        }

        public IReadOnlyList<(string Name, double Value)> Advance(CancellationToken cancellation)
        {
            // A world per thread: the model stays as it is until all have been run.
            Trajectory[][] records = new Trajectory[Worlds][];
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = _plan.Threads, CancellationToken = cancellation };
            Parallel.For(0, Worlds, parallel, w =>
            {
                (Scenario scenario, ulong seed) = _worlds.Training(_index + w);
                Trajectory[] mine = records[w] = [.. scenario.Schedulers.Shares.Select(_ => new Trajectory(_ppo.Model.Shape))];
                StudyWorlds.Run((scenario, seed), s => TanPolicy.Learning(_ppo.Model, mine, s, seed + ((ulong)s << 32)), cancellation);
            });
            Trajectory[] all = [.. records.SelectMany(r => r).Where(t => t.Count > 0)];
            foreach (Trajectory trajectory in all) trajectory.End();
            PpoStatistics statistics = _ppo.Update(all);
            _index += Worlds;
            _decisions += all.Sum(t => (long)t.Count);
            double[] values = new double[Comparisons];
            Parallel.For(0, Comparisons, new ParallelOptions { MaxDegreeOfParallelism = _plan.Threads }, c =>
            {
                (Scenario Scenario, ulong) world = _worlds.Validation(c);
                values[c] = StudyWorlds.Run(world, _ => TanPolicy.Serving(_ppo.Model), CancellationToken.None).All.Value(world.Scenario);
            });
            _best.Offer(_ppo.Model.Parameters, values.Average());
            return [("value", values.Average()), ("best", _best.Score), ("entropy", statistics.Entropy), ("divergence", statistics.Divergence),
                ("critic loss", statistics.ValueLoss), ("decisions", _decisions)];
        }

        public void Save(Checkpoint checkpoint)
        {
            _ppo.Save(checkpoint);
            _best.Save(checkpoint);
            checkpoint.Set("worlds", (ulong)_index);
            checkpoint.Set("decisions", (ulong)_decisions);
        }

        public void Load(Checkpoint checkpoint)
        {
            _ppo.Load(checkpoint);
            _best.Load(checkpoint);
            (_index, _decisions) = ((long)checkpoint.GetUInt64("worlds"), (long)checkpoint.GetUInt64("decisions"));
        }

        public byte[] File(PolicyMetadata about)
        {
            ActorCritic model = new(_ppo.Model.Shape);
            _best.Parameters.CopyTo(model.Parameters);
            return TanPolicy.File(model, about with
            {
                Figures = new Dictionary<string, double>(about.Figures) { ["value"] = _best.Score, ["decisions"] = _decisions },
            }).ToBytes();
        }
    }
}
