using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Learning.Optimization;
using StreamSched.Learning.Reinforcement;

namespace StreamSched.Simulation.Training;

/// <summary>
/// First the on-time probability, on policy: worlds are run with the network as it is, which then learns from how its choices ended; the loss of a round is
/// that on outcomes that it has not yet learned from. Then all of it by PPO on the value of worlds, through the rule's scores; of its states the best one in
/// worlds of comparison is kept, which may be the one it began with. Then the price of delay and T by an evolution strategy.
/// </summary>
internal sealed class NeuralTrainer : IPolicyTrainer
{
    public string Kind => PolicyNames.Neural;

    public string Summary =>
        "the on-time probability from outcomes of simulated worlds, then all of it by PPO, then the price of delay by an evolution strategy";

    public IPolicyTraining Start(TrainingPlan plan) => new Training(plan);

    private sealed class Training : IPolicyTraining
    {
        private const int Fields = FeatureEncoder.RatioFields, BatchSize = 256, SupervisedRounds = 40, AveragedRounds = 10, PpoRounds = 60, RoundWorlds = 16,
            SearchWorlds = 8, Comparisons = 48, Capacity = 300_000;
        private const ulong ComparisonSeeds = 1_000_000;
        private const float LearnedShare = 0.015f, RecordedShare = 0.1f, TrainingExploration = 0.1f, TrainingTemperature = 0.01f, LearningRate = 2e-3f;
        private static readonly PpoSettings Ppo = new()
        {
            Adam = new AdamSettings { LearningRate = 3e-4f, Epsilon = 1e-5f, MaxGradientNorm = 0.5f }, Discount = 0.998f, Lambda = 0.95f, Epochs = 3,
            MaxDivergence = 0.02f,
        };

        private readonly TrainingPlan _plan;
        private readonly TrainingWorlds _worlds;
        private readonly ResidualTrainer _trainer;
        private readonly RulePpo _ppo;
        private readonly BestSoFar _best;
        private readonly SampleRing _samples = new(Fields, Capacity);
        private readonly float[] _mean;
        private readonly EvolutionStrategy _search;
        private RandomStream _random;
        private long _rounds;
        private double _logLossRule = double.NaN, _logLoss = double.NaN, _brierRule = double.NaN, _brier = double.NaN, _gain = double.NaN, _before = double.NaN;

        public Training(TrainingPlan plan)
        {
            (_plan, _worlds) = (plan, new TrainingWorlds(plan));
            _trainer = new ResidualTrainer(NeuralPolicy.Untrained(plan.Seed), new AdamSettings { LearningRate = LearningRate, MaxGradientNorm = 1 });

            _ppo = new RulePpo(Network.Clone(), TrainingTemperature, Ppo, plan.Seed);
            _best = new BestSoFar(Network.Parameters);
            _mean = new float[Network.Parameters.Length];

            // What is added to the weights of the second result and to its bias, and the logarithm of T.
            int last = Network.Shape.Layers[^2].Outputs;
            _search = new EvolutionStrategy(
                new float[last + 2], new EvolutionSettings { Pairs = 8, Deviation = 0.15f, LearningRate = 0.06f, Threads = plan.Threads }, plan.Seed);
            _random = RandomStream.For(plan.Seed, "neural training");
        }

        private Network Network => _trainer.Network;

        public IReadOnlyList<(string Name, double Value)> Advance(CancellationToken cancellation)
        {
            double value = _rounds < SupervisedRounds ? Learn(cancellation)
                : _rounds < SupervisedRounds + PpoRounds ? Improve(cancellation) : Search(cancellation);
            _rounds++;
            return
            [
                ("value", value), ("gain", _gain), ("logLossRule", _logLossRule), ("logLoss", _logLoss), ("brierRule", _brierRule), ("brier", _brier),
                ("samples", _samples.Count), ("temperature", Temperature(_search.Parameters)), ("improved", _best.Score - _before),
            ];
        }

        public void Save(Checkpoint checkpoint)
        {
            _trainer.Save(checkpoint, "network");
            _samples.Save(checkpoint);
            _search.Save(checkpoint);
            _ppo.Save(checkpoint);
            _best.Save(checkpoint);
            checkpoint.Set("mean", _mean);
            checkpoint.Set("rounds", (ulong)_rounds);
            checkpoint.Set("random", _random.State);
            checkpoint.Set<double>("figures", [_logLossRule, _logLoss, _brierRule, _brier, _gain, _before]);
        }

        public void Load(Checkpoint checkpoint)
        {
            _trainer.Load(checkpoint, "network");
            _samples.Load(checkpoint);
            _search.Load(checkpoint);
            _ppo.Load(checkpoint);
            _best.Load(checkpoint);
            checkpoint.Get("mean", _mean.AsSpan());
            (_rounds, _random) = ((long)checkpoint.GetUInt64("rounds"), new RandomStream(checkpoint.GetUInt64("random")));
            double[] figures = checkpoint.Get<double>("figures");
            (_logLossRule, _logLoss, _brierRule, _brier, _gain, _before) = (figures[0], figures[1], figures[2], figures[3], figures[4], figures[5]);
        }

        public byte[] File(PolicyMetadata about)
        {
            Dictionary<string, double> figures = new(about.Figures)
            {
                ["trainingLogLossRule"] = _logLossRule, ["trainingLogLoss"] = _logLoss, ["trainingBrierRule"] = _brierRule, ["trainingBrier"] = _brier,
                ["generations"] = _search.Generations, ["trainingGain"] = _gain, ["trainingImproved"] = _best.Score - _before,
            };
            PolicyMetadata metadata = RuleConstantsText.Into(
                about with { FeatureLayout = FeatureEncoder.RatioLayout, Features = FeatureEncoder.RatioNames, Figures = figures },
                Constants(Temperature(_search.Parameters)));
            return new PolicyFile(WithDelay(_search.Parameters), metadata).ToBytes();
        }

        // A round on policy, and then on what is remembered.
        private double Learn(CancellationToken cancellation)
        {
            RandomStream random = _random;
            ulong seed = random.NextUInt64();
            OutcomeSamples[] collected = new OutcomeSamples[RoundWorlds];
            double[] values = new double[RoundWorlds];
            Network network = Network.Clone();
            Parallel.For(0, RoundWorlds, new ParallelOptions { MaxDegreeOfParallelism = _plan.Threads, CancellationToken = cancellation }, w =>
            {
                OutcomeSamples samples = collected[w] = new OutcomeSamples(Fields, LearnedShare, seed + (ulong)w);
                values[w] = _worlds.Value(
                    seed + (ulong)w, Constants(TrainingTemperature), TrainingExploration,
                    constants => new ObservedNeuralPolicy(network, constants.Price, samples, guarded: false), cancellation);
            });

            Evaluate(collected);
            foreach (OutcomeSamples samples in collected)
                for (int s = 0; s < samples.Count; s++) _samples.Add(samples.Features.Slice(s * Fields, Fields), samples.Logits[s], samples.Outcomes[s]);

            if (_samples.Count > 0)
            {
                // The rate falls to a tenth, so that the last rounds settle.
                float rate = LearningRate * MathF.Pow(0.1f, (float)_rounds / SupervisedRounds);
                float[] rows = new float[BatchSize * Fields], logits = new float[BatchSize], outcomes = new float[BatchSize];
                int batches = Math.Max(1, 2 * _samples.Count / BatchSize);
                for (int b = 0; b < batches; b++)
                {
                    _samples.Draw(ref random, rows, logits, outcomes);
                    _trainer.Fit(rows, logits, outcomes, rate);
                }
            }

            _random = random;
            Average();
            return values.Average();
        }

        // What supervision gives is the mean of the networks of its last rounds (Polyak and Juditsky 1992; Izmailov et al. 2018): one of them alone is what
        // its last outcomes made of it.
        private void Average()
        {
            long n = _rounds + 1 - (SupervisedRounds - AveragedRounds);
            if (n <= 0) return;
            Span<float> parameters = Network.Parameters;
            for (int i = 0; i < _mean.Length; i++) _mean[i] += (parameters[i] - _mean[i]) / n;
            if (n == AveragedRounds) _mean.CopyTo(parameters);
        }

        private void Evaluate(OutcomeSamples[] collected)
        {
            Activations one = new(Network.Shape, 1);
            double n = 0, logRule = 0, log = 0, brierRule = 0, brier = 0;
            foreach (OutcomeSamples samples in collected)
            {
                for (int s = 0; s < samples.Count; s++)
                {
                    one.SetSample(0, samples.Features.Slice(s * Fields, Fields));
                    double rule = OnTimeModel.OfLogit(samples.Logits[s]), network = OnTimeModel.OfLogit(samples.Logits[s] + Network.Forward(one)[0]),
                        y = samples.Outcomes[s];
                    logRule -= Math.Log(Math.Max(1e-12, y > 0 ? rule : 1 - rule));
                    log -= Math.Log(Math.Max(1e-12, y > 0 ? network : 1 - network));
                    brierRule += (rule - y) * (rule - y);
                    brier += (network - y) * (network - y);
                    n++;
                }
            }

            if (n > 0) (_logLossRule, _logLoss, _brierRule, _brier) = (logRule / n, log / n, brierRule / n, brier / n);
        }

        // A round of PPO. Worlds of comparison are always the same ones, and nothing is drawn in them but what serving draws.
        private double Improve(CancellationToken cancellation)
        {
            if (_rounds == SupervisedRounds)
            {
                Network.Parameters.CopyTo(_ppo.Network.Parameters);
                _before = Compare(cancellation);
                _best.Offer(Network.Parameters, _before);
            }

            RandomStream random = _random;
            ulong seed = random.NextUInt64();
            List<RuleDecisions>[] records = new List<RuleDecisions>[RoundWorlds];
            double[] values = new double[RoundWorlds];
            Parallel.For(0, RoundWorlds, new ParallelOptions { MaxDegreeOfParallelism = _plan.Threads, CancellationToken = cancellation }, w =>
            {
                List<RuleDecisions> mine = records[w] = [];
                values[w] = _worlds.Value(seed + (ulong)w, Constants(TrainingTemperature), 0, Recorded, cancellation);

                ISchedulingPolicy Recorded(RuleConstants constants)
                {
                    mine.Add(new RuleDecisions());
                    return new RecordedNeuralPolicy(_ppo.Network, _ppo.Critic, constants.Price, mine[^1], RecordedShare, seed + (ulong)((w * 64) + mine.Count));
                }
            });
            _ppo.Update([.. records.SelectMany(r => r).Where(d => d.Count > 0)]);
            _random = random;
            if ((_rounds + 1) % 5 == 0)
            {
                _best.Offer(_ppo.Network.Parameters, Compare(cancellation));
                _best.Parameters.CopyTo(Network.Parameters);
            }

            return values.Average();
        }

        private double Compare(CancellationToken cancellation)
        {
            double[] values = new double[Comparisons];
            Parallel.For(0, Comparisons, new ParallelOptions { MaxDegreeOfParallelism = _plan.Threads, CancellationToken = cancellation }, c =>
                values[c] = _worlds.Value(
                    ComparisonSeeds + (ulong)c, Constants(new PriceParameters().Temperature), 0,
                    constants => new NeuralPolicy(_ppo.Network, constants.Price) { IsGuarded = false }, cancellation));
            return values.Average();
        }

        private double Search(CancellationToken cancellation)
        {
            ulong worlds = 0;
            Generation generation = _search.Step(
                (x, seed) =>
                {
                    Volatile.Write(ref worlds, seed);
                    return Value(x, seed, cancellation);
                },
                cancellation);
            double now = Value(_search.Parameters, worlds, CancellationToken.None), rule = 0;
            for (int w = 0; w < SearchWorlds; w++)
                rule += _worlds.Value(
                    worlds + (ulong)w, new RuleConstants(), 0, c => PolicyCatalogue.Create(PolicyNames.Price, c.Price), CancellationToken.None) / SearchWorlds;
            _gain = double.IsNaN(_gain) ? now - rule : _gain + (0.1 * (now - rule - _gain));
            return now;
        }

        private double Value(ReadOnlySpan<float> x, ulong seed, CancellationToken cancellation)
        {
            Network network = WithDelay(x);
            RuleConstants constants = Constants(Temperature(x));
            double sum = 0;
            for (int w = 0; w < SearchWorlds; w++)
                sum += _worlds.Value(seed + (ulong)w, constants, 0, c => new NeuralPolicy(network, c.Price) { IsGuarded = false }, cancellation);
            return sum / SearchWorlds;
        }

        private Network WithDelay(ReadOnlySpan<float> x)
        {
            Network network = Network.Clone();
            int layer = network.Shape.Layers.Count - 1, inputs = x.Length - 2;
            Span<float> weights = network.Weights(layer)[inputs..];
            for (int i = 0; i < inputs; i++) weights[i] += x[i];
            network.Biases(layer)[1] += x[inputs];
            return network;
        }

        private static RuleConstants Constants(float temperature) => new() { Price = new PriceParameters { Temperature = temperature } };

        private static float Temperature(ReadOnlySpan<float> x) => new PriceParameters().Temperature * MathF.Exp(Math.Clamp(x[^1], -3, 3));
    }
}
