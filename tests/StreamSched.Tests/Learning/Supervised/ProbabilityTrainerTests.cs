using StreamSched.Core.Policies;
using StreamSched.Learning;
using StreamSched.Learning.Networks;
using StreamSched.Learning.Optimization;
using StreamSched.Learning.Supervised;
using StreamSched.Tests.Learning.Networks;

namespace StreamSched.Tests.Learning.Supervised;

public class ProbabilityTrainerTests
{
    private static NetworkShape Shape => new(2, new LayerShape(12, Activation.Tanh), new LayerShape(1, Activation.Sigmoid));

    [Theory]
    [InlineData(ProperScore.Logarithmic)]
    [InlineData(ProperScore.Brier)]
    public void Its_gradient_is_that_of_the_score_in_double_precision(ProperScore score)
    {
        RandomStream random = new(3);
        Network network = Made(3);
        ProbabilityTrainer trainer = new(network, new ProbabilityOptions { Score = score }, 1);
        float[] features = NetworkTests.Numbers(20, ref random), outcomes = [.. Enumerable.Range(0, 10).Select(i => i % 3 == 0 ? 1f : i % 3 == 1 ? 0f : 0.3f)], weights = [.. Enumerable.Range(1, 10).Select(i => (float)i)];
        float[] gradient = new float[network.Shape.ParameterCount];
        float loss = trainer.Gradient(features, outcomes, weights, gradient);
        double Loss(double[] parameters) => Enumerable.Range(0, 10).Sum(s =>
        {
            double p = Reference.Forward(network.Shape, parameters, Reference.Doubles(features.AsSpan(2 * s, 2)))[0];
            return weights[s] / 55 * (score == ProperScore.Brier ? (p - outcomes[s]) * (p - outcomes[s]) : -(outcomes[s] * Math.Log(p)) - ((1 - outcomes[s]) * Math.Log(1 - p)));
        });
        double[] at = Reference.Doubles(network.Parameters);
        Assert.Equal(Loss(at), loss, 1e-5);
        Reference.Near(Reference.Gradient(Loss, at), gradient, 2e-5);
    }

    [Theory]
    [InlineData(ProperScore.Logarithmic)]
    [InlineData(ProperScore.Brier)]
    public void Online_it_learns_the_probability_and_follows_it_when_it_changes(ProperScore score)
    {
        Network network = Made(1);
        ProbabilityTrainer trainer = new(network, new ProbabilityOptions { Score = score, Adam = new AdamOptions { LearningRate = 5e-3f }, Memory = 4096 }, 1);
        RandomStream random = new(2);
        foreach (double turn in (double[])[1, -1])
        {
            for (int i = 0; i < 30_000; i++)
            {
                float[] x = [(2 * random.NextSingle()) - 1, (2 * random.NextSingle()) - 1];
                trainer.Add(x, random.NextDouble() < True(x, turn) ? 1 : 0);
            }

            Activations activations = new(network.Shape, 200);
            float[][] points = [.. Enumerable.Range(0, 200).Select(_ => NetworkTests.Numbers(2, ref random).Select(v => Math.Clamp(v, -0.9f, 0.9f)).ToArray())];
            for (int s = 0; s < 200; s++) activations.SetSample(s, points[s]);
            network.Forward(activations);
            double error = 0;
            for (int s = 0; s < 200; s++) error += Math.Abs(activations.Output[s] - True(points[s], turn)) / 200;
            Assert.True(error < 0.05, $"mean error of the probability: {error}");
        }

        // Not a quadratic or linear form of the features, and turned round in the second half.
        static double True(float[] x, double turn) => 1 / (1 + Math.Exp(-turn * 3 * (x[0] + Math.Sin(3 * x[1]))));
    }

    [Fact]
    public void Outcomes_with_numbers_that_are_none_are_ignored()
    {
        ProbabilityTrainer trainer = new(Made(1), new ProbabilityOptions(), 1);
        trainer.Add([float.NaN, 0], 1);
        trainer.Add([0, float.PositiveInfinity], 1);
        trainer.Add([0, 0], float.NaN);
        trainer.Add([0, 0], 2);
        trainer.Add([0, 0], 1, -1);
        Assert.Equal(0, trainer.Count);
        Assert.Throws<ArgumentException>(() => new ProbabilityTrainer(new Network(NetworkShape.Perceptron(2, [], Activation.Tanh, 1)), new ProbabilityOptions(), 1));
    }

    [Fact]
    public void A_checkpoint_goes_on_as_if_nothing_had_happened()
    {
        Network whole = Made(1), second = Made(9);
        ProbabilityTrainer trainer = new(whole, new ProbabilityOptions(), 1), resumed = new(second, new ProbabilityOptions(), 8);
        RandomStream random = new(2);
        for (int i = 0; i < 1000; i++)
        {
            float[] x = NetworkTests.Numbers(2, ref random);
            trainer.Add(x, x[0] > 0 ? 1 : 0);
            if (i > 500) resumed.Add(x, x[0] > 0 ? 1 : 0);
            if (i != 500) continue;
            Checkpoint checkpoint = new();
            trainer.Save(checkpoint, "p");
            resumed.Load(checkpoint, "p");
        }

        Assert.Equal(whole.Parameters, second.Parameters);
    }

    private static Network Made(ulong seed)
    {
        Network network = new(Shape);
        RandomStream random = new(seed);
        Initialization.Orthogonal(network, ref random);
        return network;
    }
}
