using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Scheduling;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Simulation.Training;

/// <summary>Deep Q-learning of device and variant from results, as ECSRL does it; with the interference matrices or, as an ablation, without them.</summary>
/// <param name="matrix">Whether the schedulers predict with the matrices.</param>
public sealed class EcsrlTrainer(bool matrix = true) : IPolicyTrainer
{
    /// <summary>The note in a file that says whether predictions had the matrices.</summary>
    public const string MatrixNote = "interference";

    /// <summary>What the note says where they had not.</summary>
    public const string MatrixOff = "off";

    /// <inheritdoc/>
    public string Kind => matrix ? EcsrlPolicy.Kind : EcsrlPolicy.Kind + "-no-matrix";

    /// <inheritdoc/>
    public string Summary => matrix ? "a network for minus weighted energy and completion time, by deep Q-learning from results"
        : "the same without the interference matrices, an ablation";

    /// <inheritdoc/>
    public IPolicyTraining Start(TrainingPlan plan) => new Training(plan, matrix);

    private sealed class Training : IPolicyTraining
    {
        private const int MaxCandidates = 24, Worlds = 4, Comparisons = 4;

        // A refusal costs many times what a request does, and whether one comes hangs on chance: with larger steps, or looking further ahead, the network
        // chases it and falls behind the rule that it starts from.
        private static readonly DqnSettings Settings = new()
        {
            Hidden = [64, 48], Adam = new AdamSettings { LearningRate = 2e-5f, MaxGradientNorm = 5 }, Discount = 0.5f, CenterRewards = true,
            ReplayCapacity = 50_000, BatchSize = 128, LearningStarts = 2_000, TrainPeriod = 6, TargetPeriod = 4_000, FirstExploration = 0.3f,
            LastExploration = 0.03f, ExplorationSteps = 150_000,
        };

        private readonly EcsrlReward _reward = new();
        private readonly StudyWorlds _worlds;
        private readonly CandidateDqn _learner;
        private readonly BestSoFar _best;
        private readonly bool _matrix;
        private readonly SchedulerSettings _settings;
        private long _index;

        public Training(TrainingPlan plan, bool matrix)
        {
            _worlds = new StudyWorlds(plan, lightest: 0.25, heaviest: 1.6);
            _learner = new CandidateDqn(EcsrlLearner.Features, MaxCandidates, Settings, plan.Seed, EcsrlLearner.Known);
            _best = new BestSoFar(_learner.Network.Parameters);
            _matrix = matrix;
            _settings = new SchedulerSettings { View = new Core.Cluster.ViewSettings { Interference = matrix } };
        }

        // A step is not stopped in its middle: it is over within seconds, and half of one would be another training.
        public IReadOnlyList<(string Name, double Value)> Advance(CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            if (double.IsNaN(_best.Score)) Compare(); // the rule that it starts from
            for (int w = 0; w < Worlds; w++)
                StudyWorlds.Run(_worlds.Training(_index++), _ => new EcsrlLearner(_learner, _reward), CancellationToken.None, _settings);
            (double cost, double success) = Compare();
            return [("objective", cost), ("best", _best.Score), ("success", success), ("exploration", _learner.Exploration), ("loss", _learner.LastLoss),
                ("decisions", _learner.Steps)];
        }

        // By the objective, in worlds that training does not see; the best so far is what the file will have.
        private (double Cost, double Success) Compare()
        {
            PolicyFile now = EcsrlPolicy.File(_learner.Network, new PolicyMetadata());
            double cost = 0, success = 0;
            for (int c = 0; c < Comparisons; c++)
            {
                Account account = new(_reward);
                success += StudyWorlds.Run(
                    _worlds.Validation(c), _ => account.Of(EcsrlPolicy.Of(now)), CancellationToken.None, _settings).All.Success / Comparisons;
                cost += account.Mean / Comparisons;
            }

            _best.Offer(_learner.Network.Parameters, cost);
            return (cost, success);
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
            Dictionary<string, string> notes = new(about.Notes)
            {
                ["objective"] = FormattableString.Invariant($"-{_reward.PerJoule} per joule, -{_reward.PerSecond} per second"),
                [MatrixNote] = _matrix ? "on" : MatrixOff,
            };
            return EcsrlPolicy.File(_best.Network(_learner.Network.Shape), about with
            {
                Notes = notes,
                Figures = new Dictionary<string, double>(about.Figures) { ["objective"] = _best.Score, ["decisions"] = _learner.Steps },
            }).ToBytes();
        }
    }

    // Counts what a policy earns by the objective, refusals included.
    private sealed class Account(EcsrlReward reward)
    {
        private double _sum;
        private long _requests;

        public double Mean => _sum / Math.Max(1, _requests);

        public ISchedulingPolicy Of(ISchedulingPolicy policy) => new Counted(this, policy);

        private sealed class Counted(Account account, ISchedulingPolicy policy) : ILearningPolicy
        {
            public string Name => policy.Name;

            public Choice Choose(ref DecisionContext context) => policy.Choose(ref context);

            public void Decided(in Core.Requests.Request request, Core.Prediction.Candidates candidates, Core.Cluster.ClusterView view, in Decision decision)
            {
                account._requests++;
                if (!decision.IsPlaced) account._sum += account.Reward.OfRefusal(request.Deadline);
            }

            public void Ended(int handle, in DecisionOutcome outcome) => account._sum += account.Reward.Of(outcome);
        }

        private EcsrlReward Reward => reward;
    }
}
