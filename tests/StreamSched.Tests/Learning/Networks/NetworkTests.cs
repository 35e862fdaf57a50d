using System.Runtime.Intrinsics;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.Prediction;

namespace StreamSched.Tests.Learning.Networks;

public class NetworkTests
{
    public static TheoryData<Activation, int> Cases()
    {
        TheoryData<Activation, int> cases = [];
        foreach (Activation activation in Enum.GetValues<Activation>())
            foreach (int samples in (int[])[1, 5, 8, 21, 64]) cases.Add(activation, samples);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_and_gradients_are_those_of_the_formulas_in_double_precision(Activation activation, int samples)
    {
        NetworkShape shape = new(5, new LayerShape(9, activation), new LayerShape(6, activation), new LayerShape(3, Activation.Identity));
        RandomStream random = new((ulong)samples);
        Network network = new(shape);
        Initialization.Uniform(network, ref random);
        double[] parameters = Reference.Doubles(network.Parameters);
        float[] features = Numbers(samples * 5, ref random), factors = Numbers(samples * 3, ref random);

        Activations activations = new(shape, samples);
        for (int s = 0; s < samples; s++) activations.SetSample(s, features.AsSpan(s * 5, 5));
        ReadOnlySpan<float> output = network.Forward(activations);
        for (int s = 0; s < samples; s++)
        {
            double[] expected = Reference.Forward(shape, parameters, Reference.Doubles(features.AsSpan(s * 5, 5)));
            for (int o = 0; o < 3; o++)
            {
                Assert.Equal(expected[o], output[(o * activations.Stride) + s], 2e-6);
                activations.OutputGradient[(o * activations.Stride) + s] = factors[(s * 3) + o];
            }
        }

        // What stands beyond the samples must not count, whatever it is.
        for (int o = 0; o < 3; o++) activations.OutputGradient.Slice((o * activations.Stride) + samples, activations.Stride - samples).Fill(7);
        float[] gradients = new float[shape.ParameterCount];
        network.Backward(activations, gradients, toInput: true);

        double Loss(double[] p, double[] x) => Enumerable.Range(0, samples).Sum(s =>
            Reference.Forward(shape, p, x[(s * 5)..((s + 1) * 5)]).Select((y, o) => y * factors[(s * 3) + o]).Sum());
        double[] inputs = Reference.Doubles(features);
        Reference.Near(Reference.Gradient(p => Loss(p, inputs), parameters), gradients, 2e-5);
        double[] byInput = Reference.Gradient(x => Loss(parameters, x), inputs);
        for (int s = 0; s < samples; s++)
            for (int i = 0; i < 5; i++) Assert.Equal(byInput[(s * 5) + i], activations.InputGradient[(i * activations.Stride) + s], 2e-5);
    }

    [Fact]
    public void Gradients_are_added_to_what_is_there()
    {
        NetworkShape shape = NetworkShape.Perceptron(3, [4], Activation.Tanh, 2);
        RandomStream random = new(1);
        Network network = new(shape);
        Initialization.He(network, ref random);
        Activations activations = new(shape, 4);
        Numbers(3 * 8, ref random).CopyTo(activations.Input);
        float[] once = new float[shape.ParameterCount], twice = new float[shape.ParameterCount];
        foreach (float[] gradients in (float[][])[once, twice, twice])
        {
            network.Forward(activations);
            activations.OutputGradient.Fill(1);
            network.Backward(activations, gradients);
        }

        for (int i = 0; i < once.Length; i++) Assert.Equal(2 * once[i], twice[i], 1e-5f);
    }

    [Fact]
    public void An_evaluation_allocates_nothing_whatever_its_number_of_samples()
    {
        NetworkShape shape = NetworkShape.Perceptron(16, [32, 16], Activation.Tanh, 1);
        Network network = new(shape);
        Activations activations = new(shape, 64);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int samples = 1; samples <= 64; samples++)
            {
                activations.Resize(samples);
                network.Forward(activations);
            }
        }));
    }

    [Fact]
    public void Elementary_functions_are_accurate_over_their_range_and_keep_NaN()
    {
        for (double x = -120; x <= 100; x += 0.037)
        {
            float single = (float)x;
            double exp = VectorMath.Exp(Vector256.Create(single))[0];
            if (x is > -87 and < 88) Assert.Equal(1, exp / Math.Exp(single), 5e-7);
            else Assert.True(exp is >= 0 and < 2e38);
            Assert.Equal(Math.Tanh(single), VectorMath.Tanh(Vector256.Create(single))[0], 3e-7);
            Assert.Equal(1 / (1 + Math.Exp(-single)), VectorMath.Sigmoid(Vector256.Create(single))[0], 3e-7);
            Assert.Equal(
                Math.Max(single, 0) + Math.Log(1 + Math.Exp(-Math.Abs(single))), VectorMath.Softplus(Vector256.Create(single))[0],
                3e-7 * (1 + Math.Abs(single)));
        }

        // Sixteen at once are the same numbers as eight, so that a result does not depend on where in a batch its sample stands.
        for (float x = -100; x <= 100; x += 0.25f)
        {
            Assert.Equal(TanhFunction.Apply(Vector256.Create(x))[0], TanhFunction.Apply(Vector512.Create(x))[0]);
            Assert.Equal(SigmoidFunction.Apply(Vector256.Create(x))[0], SigmoidFunction.Apply(Vector512.Create(x))[0]);
            Assert.Equal(SoftplusFunction.Apply(Vector256.Create(x))[0], SoftplusFunction.Apply(Vector512.Create(x))[0]);
            Assert.Equal(ReluFunction.Apply(Vector256.Create(x))[0], ReluFunction.Apply(Vector512.Create(x))[0]);
        }

        foreach (Func<Vector256<float>, Vector256<float>> f in (Func<Vector256<float>, Vector256<float>>[])
            [VectorMath.Exp, VectorMath.Tanh, VectorMath.Sigmoid, VectorMath.Softplus, ReluFunction.Apply])
            Assert.True(float.IsNaN(f(Vector256.Create(float.NaN))[0]));
    }

    [Fact]
    public void Orthogonal_weights_are_orthogonal_and_seeded()
    {
        NetworkShape shape = NetworkShape.Perceptron(6, [10], Activation.Tanh, 4);
        Network first = new(shape), second = new(shape);
        RandomStream a = new(3), b = new(3);
        Initialization.Orthogonal(first, ref a, 2, 0.5f);
        Initialization.Orthogonal(second, ref b, 2, 0.5f);
        Assert.Equal(first.Parameters, second.Parameters);
        Span<float> tall = first.Weights(0), wide = first.Weights(1); // [10, 6] and [4, 10]
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) Assert.Equal(i == j ? 4 : 0, Product(tall, i, j, 10, 1, 6), 1e-5);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++) Assert.Equal(i == j ? 0.25 : 0, Product(wide, i, j, 10, 10, 1), 1e-5);
    }

    [Fact]
    public void Shapes_without_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new NetworkShape(0, new LayerShape(1, Activation.Tanh)));
        Assert.Throws<ArgumentException>(() => new NetworkShape(1));
        Assert.Throws<ArgumentException>(() => new NetworkShape(1, new LayerShape(0, Activation.Tanh)));
        Assert.Throws<ArgumentException>(() => new Network(NetworkShape.Perceptron(2, [], Activation.Tanh, 1), new float[4]));
    }

    internal static float[] Numbers(int count, ref RandomStream random)
    {
        float[] numbers = new float[count];
        foreach (ref float n in numbers.AsSpan()) n = (float)random.NextNormal();
        return numbers;
    }

    private static double Product(Span<float> matrix, int i, int j, int length, int along, int across)
    {
        double sum = 0;
        for (int k = 0; k < length; k++)
            sum += matrix[(i * (across == 1 ? along : 1)) + (k * (across == 1 ? 1 : across))]
                * matrix[(j * (across == 1 ? along : 1)) + (k * (across == 1 ? 1 : across))];
        return sum;
    }
}
