using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;
using StreamSched.Core.Policies.Learned;
using StreamSched.Core.Prediction;
using StreamSched.Learning.Reinforcement;
using StreamSched.Tests.Core;
using StreamSched.Tests.Learning.Networks;

namespace StreamSched.Tests.Learning.Reinforcement;

public class RulePpoTests
{
    private const int Inputs = 4;

    [Fact]
    public void Its_gradient_goes_through_the_scores_of_the_rule()
    {
        const float temperature = 0.1f;
        RandomStream random = new(4);
        Network network = new(NetworkShape.Perceptron(Inputs, [6], Activation.Tanh, 2));
        foreach (ref float p in network.Parameters) p = 0.6f * (float)random.NextNormal();
        List<(RuleSample Sample, float Advantage)> decisions = [];
        for (int d = 0; d < 12; d++)
        {
            int options = 1 + (d % 4);
            float[] rows = NetworkTests.Numbers(options * Inputs, ref random);
            RuleOption[] all = new RuleOption[options];
            for (int o = 0; o < options; o++)
            {
                RuleOption option = new(
                    (float)random.NextNormal(), 0.5f + (0.5f * random.NextSingle()), 0.1f * random.NextSingle(), 0.2f * random.NextSingle(),
                    0.2f * random.NextSingle(), 0);
                all[o] = option with
                {
                    Score = (float)Score(
                        option, Reference.Forward(network.Shape, Reference.Doubles(network.Parameters), Reference.Doubles(rows.AsSpan(o * Inputs, Inputs)))),
                };
            }

            int chosen = random.NextInt32(options + 1) - 1;
            decisions.Add((new RuleSample(d, new float[Inputs], rows, all, chosen, 0.05f) { OnTime = d % 3 == 0 || chosen < 0 ? float.NaN : d % 2 },
                (float)random.NextNormal()));
        }

        foreach (ref float p in network.Parameters) p += 0.04f * (float)random.NextNormal(); // ratios differ from 1, some are clipped
        RulePpo ppo = new(network, temperature, new PpoSettings { Clip = 0.1f }, 1) { ScoreWeight = 0.7f };
        (float loss, float[] gradient) = ppo.Gradient(decisions);
        Assert.Equal(Loss(Reference.Doubles(network.Parameters)), loss, 1e-4);
        Reference.Near(Reference.Gradient(Loss, Reference.Doubles(network.Parameters)), gradient, 2e-4);
        Assert.Contains(gradient, g => Math.Abs(g) > 1e-2);

        double Loss(double[] parameters)
        {
            double sum = 0;
            foreach ((RuleSample sample, float advantage) in decisions)
            {
                double[][] outputs = [.. sample.Options.Select((_, o) =>
                    Reference.Forward(network.Shape, parameters, Reference.Doubles(sample.Rows.AsSpan(o * Inputs, Inputs))))];
                double[] now = [.. sample.Options.Select((option, o) => Score(option, outputs[o]) / temperature), sample.RejectScore / temperature];
                double[] before = [.. sample.Options.Select(o => (double)o.Score / temperature), sample.RejectScore / temperature];
                int action = sample.Chosen < 0 ? sample.Options.Length : sample.Chosen;
                double ratio = Math.Exp(now[action] - Math.Log(now.Sum(Math.Exp)) - before[action] + Math.Log(before.Sum(Math.Exp)));
                sum += Math.Max(-advantage * ratio, -advantage * Math.Clamp(ratio, 0.9, 1.1));
                if (sample.Chosen < 0 || float.IsNaN(sample.OnTime)) continue;
                double p = 1 / (1 + Math.Exp(-(sample.Options[action].Logit + outputs[action][0])));
                sum -= 0.7 * Math.Log(sample.OnTime > 0 ? p : 1 - p);
            }

            return sum / decisions.Count;
        }

        static double Score(in RuleOption option, double[] output) =>
            (option.Gain / (1 + Math.Exp(-(option.Logit + output[0])))) - option.Cost - Math.Max(option.CapacityPrice, option.DelayPrice * Math.Exp(output[1]));
    }

    [Fact]
    public void It_learns_what_the_prices_do_not_say()
    {
        // Two alike placements, of which one hurts those who come after it: only the delay price's factor can tell.
        RandomStream random = new(9);
        Network network = new(NetworkShape.Perceptron(Inputs, [8], Activation.Relu, 2));
        Initialization.He(network, ref random);
        network.Weights(1).Clear();
        RulePpo ppo = new(network, 0.05f, new PpoSettings { Adam = new AdamSettings { LearningRate = 3e-3f }, Discount = 0, Lambda = 0 }, 2)
        {
            RewardScale = 1, MinibatchSize = 128,
        };
        for (int round = 0; round < 30; round++)
        {
            RuleDecisions record = new();
            for (int d = 0; d < 600; d++)
            {
                bool first = random.NextInt32(2) == 0;
                float[] rows = [first ? 1 : 0, 1, 0, 0, first ? 0 : 1, 1, 0, 0];
                float[] scores = [.. Enumerable.Range(0, 2).Select(o => Score(network, rows.AsSpan(o * Inputs, Inputs)))];
                int chosen = random.NextSingle() < 1 / (1 + MathF.Exp((scores[1] - scores[0]) / 0.05f)) ? 0 : 1;
                int at = record.Add(0);
                record.Add(new RuleSample(at, [1, 0, 0, 0], rows, [Option(scores[0]), Option(scores[1])], chosen, -10) { OnTime = 1 });
                record.AddReward(at, rows[chosen * Inputs] > 0 ? 0.2f : 0.8f);
            }

            ppo.Update([record]);
        }

        Assert.True(Score(network, [0, 1, 0, 0]) - Score(network, [1, 1, 0, 0]) > 0.15, "the harmful one is still as good");

        static RuleOption Option(float score) => new(3, 1, 0, 0.01f, 0.1f, score);

        static float Score(Network network, ReadOnlySpan<float> row)
        {
            Activations one = new(network.Shape, 1);
            one.SetSample(0, row);
            network.Forward(one);
            return (1 / (1 + MathF.Exp(-(3 + one.Output[0])))) - Math.Max(0.01f, 0.1f * MathF.Exp(one.Output[one.Stride]));
        }
    }

    [Fact]
    public void What_is_recorded_of_a_decision_gives_its_scores_again()
    {
        RandomStream random = new(6);
        Network network = NeuralPolicy.Untrained(3);
        foreach (ref float p in network.Parameters) p += 0.1f * (float)random.NextNormal();
        RuleDecisions record = new();
        PriceParameters price = new() { Temperature = 0.05f };
        RecordedNeuralPolicy policy = new(network, new Network(RulePpo.CriticShape(FeatureEncoder.RatioFields)), price, record, 1, 5);
        TestCluster cluster = new(new() { Exploration = 0, Value = new ValueWeights { Energy = 0.01f, Latency = 0.02f } });
        cluster.Scheduler.Use(policy, 2);
        for (int w = 0; w < 5; w++) cluster.Worker($"w{w}", "edge", TestCluster.Variant("m", "t", 0.7f + (0.05f * w), 10 + (5 * w)));
        List<Decision> open = [];
        for (int i = 0; i < 60; i++)
        {
            cluster.After(1);
            Decision decision = cluster.Decide(cluster.Request(deadlineMs: 90));
            if (decision.IsPlaced) open.Add(decision);
        }

        foreach (Decision decision in open) cluster.Answer(decision, 12);
        Assert.True(record.Count > 20);
        Assert.Contains(record.Samples, s => s.Options.Length > 1);
        Assert.Contains(record.Samples, s => !float.IsNaN(s.OnTime));
        Assert.True(record.MeanReward > 0.2);
        Activations one = new(network.Shape, 1);
        foreach (RuleSample sample in record.Samples)
        {
            for (int o = 0; o < sample.Options.Length; o++)
            {
                RuleOption option = sample.Options[o];
                one.SetSample(0, sample.Rows.AsSpan(o * FeatureEncoder.RatioFields, FeatureEncoder.RatioFields));
                network.Forward(one);
                float p = 1 / (1 + MathF.Exp(-(option.Logit + one.Output[0]))),
                    dear = Math.Max(option.CapacityPrice, option.DelayPrice * MathF.Exp(one.Output[one.Stride]));
                Assert.Equal(option.Score, (option.Gain * p) - option.Cost - dear, 1e-4f);
                Assert.InRange(option.Cost, 1e-4f, 0.2f); // energy and latency are weighed here
            }
        }
    }
}
