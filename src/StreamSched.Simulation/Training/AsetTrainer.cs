using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Simulation.Training;

/// <summary>Deep Q-learning of which static policy rules the next window, at the load that the scenario has and no other.</summary>
internal sealed class AsetTrainer : IPolicyTrainer
{
    public string Kind => AsetPolicy.Kind;

    public string Summary => "a network that chooses one of ASET's seven static policies for the next window, by deep Q-learning; at the scenario's own load";

    public IPolicyTraining Start(TrainingPlan plan) => new Training(plan);

    private sealed class Training : IPolicyTraining
    {
        private const int Worlds = 6, Comparisons = 6;
        private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
        private static readonly DqnSettings Settings = new()
        {
            Hidden = [64, 32], Adam = new AdamSettings { LearningRate = 1e-3f, MaxGradientNorm = 5 }, Discount = 0.8f, ReplayCapacity = 10_000, BatchSize = 64,
            LearningStarts = 200, TrainPeriod = 1, TargetPeriod = 100, LastExploration = 0.05f, ExplorationSteps = 5_000,
        };

        private readonly StudyWorlds _worlds;
        private readonly Dqn _learner;
        private readonly BestSoFar _best;
        private long _index;

        public Training(TrainingPlan plan)
        {
            _worlds = new StudyWorlds(plan);
            _learner = new Dqn(AsetPolicy.ObservationSize, AsetPolicy.Rules.Count, Settings, plan.Seed);
            _best = new BestSoFar(_learner.Network.Parameters);
        }

        // A step is not stopped in its middle: it is over within seconds, and half of one would be another training.
        public IReadOnlyList<(string Name, double Value)> Advance(CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int w = 0; w < Worlds; w++) StudyWorlds.Run(_worlds.Training(_index++), _ => AsetPolicy.Learning(_learner, Window), CancellationToken.None);
            PolicyFile now = AsetPolicy.File(_learner.Network, Window, new PolicyMetadata());
            double success = 0;
            for (int c = 0; c < Comparisons; c++)
                success += StudyWorlds.Run(_worlds.Validation(c), _ => AsetPolicy.Of(now), CancellationToken.None).All.Success / Comparisons;
            _best.Offer(_learner.Network.Parameters, success);
            return [("success", success), ("best", _best.Score), ("exploration", _learner.Exploration), ("loss", _learner.LastLoss),
                ("windows", _learner.Steps)];
        }

        public void Save(Checkpoint checkpoint)
        {
            _learner.Save(checkpoint);
            _best.Save(checkpoint);
            checkpoint.Set("worlds", (ulong)_index);
        }

        public void Load(Checkpoint checkpoint)
        {
            _learner.Load(checkpoint);
            _best.Load(checkpoint);
            _index = (long)checkpoint.GetUInt64("worlds");
        }

        public byte[] File(PolicyMetadata about)
        {
            return AsetPolicy.File(
                _best.Network(_learner.Network.Shape), Window,
                about with { Figures = new Dictionary<string, double>(about.Figures) { ["success"] = _best.Score, ["windows"] = _learner.Steps } }).ToBytes();
        }
    }
}
