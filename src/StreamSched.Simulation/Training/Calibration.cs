using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Core.Scheduling;
using StreamSched.Simulation.Scenarios;
using StreamSched.Simulation.Worlds;

namespace StreamSched.Simulation.Training;

/// <summary>How well probabilities of answers in time fit what came: the rule's curve as assumed, as measured errors narrow it, the network, and the network
/// scaled online, on the same answers.</summary>
/// <param name="Answers">Choices evaluated.</param>
/// <param name="Rule">The curve as assumed.</param>
/// <param name="Measured">The curve as narrow as measured errors make it: what <c>price</c> goes by.</param>
/// <param name="Network">The curve as measured, corrected by the network.</param>
/// <param name="Scaled">The same, scaled by two numbers for each class of processor that follow the answers so far.</param>
public sealed record Calibration(long Answers, CalibrationSide Rule, CalibrationSide Measured, CalibrationSide Network, CalibrationSide Scaled)
{
    /// <summary>Bins of the reliability diagram: predictions in tenths.</summary>
    public const int Bins = 10;

    /// <summary>Runs worlds and evaluates all on the choices made in them.</summary>
    /// <param name="network">The network of a policy of the kind <c>neural</c>.</param>
    /// <param name="constants">Constants of the rule that go with it.</param>
    /// <param name="chooses">Whether the network chooses; else the rule as assumed does, and the network is evaluated on choices that it had no part
    /// in.</param>
    /// <param name="scenario">The world.</param>
    /// <param name="seeds">Its seeds.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Calibration Measure(
        Network network, RuleConstants constants, bool chooses, Scenario scenario, IEnumerable<ulong> seeds, CancellationToken cancellation = default)
    {
        Network serving = chooses ? network : NeuralPolicy.Untrained(1);
        RuleConstants used = chooses ? constants : new RuleConstants();
        Sums rule = new(), measured = new(), corrected = new(), scaled = new();
        Activations one = new(network.Shape, 1);
        foreach (ulong seed in seeds)
        {
            OutcomeSamples samples = new(FeatureEncoder.RatioFields, 1.01f, seed);
            SchedulerSettings settings = scenario.Valued(new SchedulerSettings
            {
                Exploration = 0, Prepare = () => new PreparedPolicy(new ObservedNeuralPolicy(serving, used.Price, samples, guarded: false), used),
            });
            new World(scenario, new WorldSettings { Seed = seed, Scheduler = settings, TimeEvery = 0 }).Run(cancellation);
            Dictionary<int, OnlineScaling> scalings = [];
            for (int s = 0; s < samples.Count; s++)
            {
                one.SetSample(0, samples.Features.Slice(s * FeatureEncoder.RatioFields, FeatureEncoder.RatioFields));
                rule.Add(samples.Assumed[s], samples.Outcomes[s]);
                measured.Add(samples.Logits[s], samples.Outcomes[s]);
                double logit = samples.Logits[s] + network.Forward(one)[0];
                corrected.Add(logit, samples.Outcomes[s]);
                if (!scalings.TryGetValue(samples.Classes[s], out OnlineScaling? scaling)) scalings.Add(samples.Classes[s], scaling = new OnlineScaling());
                scaled.Add(scaling.Scale(logit), samples.Outcomes[s]);
                scaling.Add(logit, samples.Outcomes[s]);
            }
        }

        return new Calibration(rule.Count, rule.Result(), measured.Result(), corrected.Result(), scaled.Result());
    }

    private sealed class Sums
    {
        private readonly double[] _predicted = new double[Bins], _seen = new double[Bins];
        private readonly long[] _counts = new long[Bins];
        private double _brier, _logLoss;

        public long Count { get; private set; }

        public void Add(double logit, double outcome)
        {
            double p = OnTimeModel.OfLogit(logit);
            int bin = Math.Min(Bins - 1, (int)(p * Bins));
            _predicted[bin] += p;
            _seen[bin] += outcome;
            _counts[bin]++;
            _brier += (p - outcome) * (p - outcome);
            _logLoss -= Math.Log(Math.Max(1e-12, outcome > 0 ? p : 1 - p));
            Count++;
        }

        public CalibrationSide Result() => new(
            _brier / Math.Max(1, Count), _logLoss / Math.Max(1, Count),
            [.. Enumerable.Range(0, Bins).Select(b => new CalibrationBin(
                _counts[b], _counts[b] == 0 ? double.NaN : _predicted[b] / _counts[b], _counts[b] == 0 ? double.NaN : _seen[b] / _counts[b]))]);
    }
}
