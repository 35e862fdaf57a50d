using StreamSched.Core.Networks;
using StreamSched.Core.OnlineLearning;
using StreamSched.Core.Policies;

namespace StreamSched.Tests.Learning.Supervised;

public class ResidualTrainerTests
{
    private static (float[] Features, float[] Logits, float[] Outcomes) Samples(int count, ulong seed)
    {
        RandomStream random = new(seed);
        float[] features = new float[2 * count], logits = new float[count], outcomes = new float[count];
        for (int s = 0; s < count; s++)
        {
            (features[2 * s], features[(2 * s) + 1]) = ((float)random.NextNormal(), (float)random.NextNormal());
            logits[s] = (float)random.NextNormal();

            // The truth is the given logit and 1.5 times the first feature.
            float truth = logits[s] + (1.5f * features[2 * s]);
            outcomes[s] = random.NextSingle() < 1 / (1 + MathF.Exp(-truth)) ? 1 : 0;
        }

        return (features, logits, outcomes);
    }

    private static Network Drawn(Activation activation)
    {
        Network network = new(NetworkShape.Perceptron(2, [6], activation, 2));
        RandomStream random = new(3);
        Initialization.He(network, ref random);
        return network;
    }

    [Fact]
    public void The_gradient_is_that_of_the_score_and_leaves_the_second_result_alone()
    {
        ResidualTrainer trainer = new(Drawn(Activation.Tanh), new AdamSettings());
        (float[] features, float[] logits, float[] outcomes) = Samples(40, 5);
        float[] gradient = new float[trainer.Network.Shape.ParameterCount], unused = new float[gradient.Length];
        trainer.Gradient(features, logits, outcomes, gradient);
        Span<float> parameters = trainer.Network.Parameters;
        for (int i = 0; i < parameters.Length; i++)
        {
            const float step = 5e-3f;
            float before = parameters[i];
            parameters[i] = before + step;
            float up = trainer.Gradient(features, logits, outcomes, unused);
            parameters[i] = before - step;
            float down = trainer.Gradient(features, logits, outcomes, unused);
            parameters[i] = before;
            Assert.Equal((up - down) / (2 * step), gradient[i], 2e-3f);
        }

        int last = trainer.Network.Shape.Layers.Count - 1;
        int row = trainer.Network.Shape.OffsetOf(last) + 6;
        Assert.All(gradient[row..(row + 6)], g => Assert.Equal(0, g));
        Assert.Equal(0, gradient[^1]);
    }

    [Fact]
    public void It_finds_the_correction_that_is_missing()
    {
        Network network = Drawn(Activation.Relu);
        ResidualTrainer trainer = new(network, new AdamSettings { LearningRate = 3e-3f });
        for (int step = 0; step < 1_500; step++)
        {
            (float[] features, float[] logits, float[] outcomes) = Samples(64, (ulong)step);
            trainer.Fit(features, logits, outcomes);
        }

        Activations two = new(network.Shape, 2);
        two.SetSample(0, [1, 0]);
        two.SetSample(1, [-1, 0]);
        ReadOnlySpan<float> found = network.Forward(two);
        Assert.Equal(1.5f, found[0], 0.4f);
        Assert.Equal(-1.5f, found[1], 0.4f);

        // Against the given logits alone, on outcomes that it has not seen.
        (float[] rows, float[] given, float[] ends) = Samples(20_000, 99_999);
        float learned = trainer.Gradient(rows, given, ends, new float[network.Shape.ParameterCount]);
        network.Parameters.Clear();
        Assert.True(learned < trainer.Gradient(rows, given, ends, new float[network.Shape.ParameterCount]) - 0.1f);
    }

    [Fact]
    public void Online_only_the_last_layer_moves()
    {
        Network network = Drawn(Activation.Relu);
        float[] before = network.Parameters.ToArray();
        ResidualTrainer trainer = new(network, new AdamSettings(), lastLayerOnly: true);
        (float[] features, float[] logits, float[] outcomes) = Samples(64, 1);
        trainer.Fit(features, logits, outcomes);
        int hidden = network.Shape.OffsetOf(1);
        Assert.Equal(before[..hidden], network.Parameters[..hidden].ToArray());
        Assert.NotEqual(before[hidden], network.Parameters[hidden]);
    }
}
