using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Core.Prediction;
using StreamSched.Core.Registry;
using StreamSched.Learning.Optimization;

namespace StreamSched.Simulation.Training;

/// <summary>An evolution strategy over the constants of the price rule: logarithms of ratios to their defaults, so that one step is the same for all of
/// them.</summary>
internal sealed class PriceTrainer : IPolicyTrainer
{
    public string Kind => PolicyNames.Price;

    public string Summary => "the constants of the price rule, by an evolution strategy on the value of simulated worlds; gives a JSON file";

    public IPolicyTraining Start(TrainingPlan plan) => new Training(plan);

    /// <summary>The constants that a point of the search stands for.</summary>
    /// <param name="x">[9]: logarithms of η, ū, σ0, k1, k2, k3, h and T over their defaults, and θ in fiftieths, which may be negative.</param>
    internal static RuleConstants Constants(ReadOnlySpan<float> x)
    {
        RuleConstants start = new();
        return new RuleConstants
        {
            CapacityWeight = start.CapacityWeight * Factor(x[0]), TargetUtilisation = Math.Min(1, start.TargetUtilisation * Factor(x[1])),
            OnTime = new OnTimeModel
            {
                Floor = start.OnTime.Floor * Factor(x[2]), PerBatchTime = start.OnTime.PerBatchTime * Factor(x[3]),
                PerNetwork = start.OnTime.PerNetwork * Factor(x[4]), PerBacklog = start.OnTime.PerBacklog * Factor(x[5]),
            },
            Price = new PriceParameters
            {
                Hazard = start.Price.Hazard * Factor(x[6]), Temperature = start.Price.Temperature * Factor(x[7]),
                RejectScore = start.Price.RejectScore + (0.02f * Math.Clamp(x[8], -25, 25)),
            },
        };
    }

    private static float Factor(float logarithm) => MathF.Exp(Math.Clamp(logarithm, -5, 5));

    private sealed class Training : IPolicyTraining
    {
        private const int Worlds = 6, Numbers = 9;
        private readonly EvolutionStrategy _search;
        private readonly TrainingWorlds _worlds;
        private double _gain = double.NaN;

        public Training(TrainingPlan plan)
        {
            _worlds = new TrainingWorlds(plan);
            _search = new EvolutionStrategy(
                new float[Numbers], new EvolutionSettings { Pairs = 8, Deviation = 0.15f, LearningRate = 0.03f, Threads = plan.Threads }, plan.Seed);
        }

        public IReadOnlyList<(string Name, double Value)> Advance(CancellationToken cancellation)
        {
            ulong worlds = 0;
            Generation generation = _search.Step(
                (x, seed) =>
                {
                    Volatile.Write(ref worlds, seed);
                    return Value(Constants(x), seed, cancellation);
                },
                cancellation);
            double now = Value(Constants(_search.Parameters), worlds, CancellationToken.None),
                before = Value(new RuleConstants(), worlds, CancellationToken.None);
            _gain = double.IsNaN(_gain) ? now - before : _gain + (0.1 * (now - before - _gain));
            List<(string, double)> point = [("members", generation.Mean), ("best", generation.Best), ("search", now), ("defaults", before), ("gain", _gain)];
            point.AddRange(RuleConstantsText.Write(Constants(_search.Parameters)).Select(c => (c.Key, c.Value)));
            return point;
        }

        public void Save(Checkpoint checkpoint)
        {
            _search.Save(checkpoint);
            checkpoint.Set<double>("gain", [_gain]);
        }

        public void Load(Checkpoint checkpoint)
        {
            _search.Load(checkpoint);
            _gain = checkpoint.Get<double>("gain")[0];
        }

        public byte[] File(PolicyMetadata about) => new ConstantsFile(
            about with { Figures = new Dictionary<string, double>(about.Figures) { ["generations"] = _search.Generations, ["gain"] = _gain } },
            Constants(_search.Parameters)).ToBytes();

        private double Value(RuleConstants constants, ulong seed, CancellationToken stop)
        {
            double sum = 0;
            for (int w = 0; w < Worlds; w++)
                sum += _worlds.Value(seed + (ulong)w, constants, 0, static c => PolicyCatalogue.Create(PolicyNames.Price, c.Price), stop);
            return sum / Worlds;
        }
    }
}
