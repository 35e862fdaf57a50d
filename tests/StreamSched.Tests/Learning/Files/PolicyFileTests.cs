using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamSched.Core.Networks;
using StreamSched.Core.Policies;
using StreamSched.Core.PolicyFiles;
using StreamSched.Tests.Learning.Networks;

namespace StreamSched.Tests.Learning.Files;

public class PolicyFileTests
{
    private static readonly PolicyMetadata Metadata = new()
    {
        Name = "neural", Version = 3, FeatureLayout = 1, Features = ["a", "b", "c", "d", "e"], Scenarios = ["metro.json", "edge \"x\".json"],
        Seeds = [1, ulong.MaxValue], Figures = new Dictionary<string, double> { ["value"] = 0.1234567890123, ["worst"] = -1e30 },
        Notes = new Dictionary<string, string> { ["command"] = "streamsched train\nneural" },
    };

    [Fact]
    public void What_was_written_is_read_again()
    {
        PolicyFile written = Made(1), read = PolicyFile.Parse(written.ToBytes());
        Assert.Equal(written.Network.Parameters, read.Network.Parameters);
        Assert.Equal(written.Network.Shape.Layers, read.Network.Shape.Layers);
        Assert.Equal(written.Memory!.Parameters, read.Memory!.Parameters);
        Assert.False(read.ReadsMemory);
        Assert.Equivalent(Metadata, read.Metadata);
        Assert.Equal(written.ToBytes(), read.ToBytes());
    }

    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Softplus)]
    public void Scores_are_those_of_ONNX_Runtime(Activation activation)
    {
        RandomStream random = new(4);
        NetworkShape shape = new(7, new LayerShape(33, activation), new LayerShape(16, Activation.Tanh), new LayerShape(3, activation));
        Network network = new(shape);
        Initialization.Orthogonal(network, ref random, 2, 2);
        foreach (ref float b in network.Biases(0)) b = (float)random.NextNormal();
        using InferenceSession session = new(new PolicyFile(network, new PolicyMetadata()).ToBytes());
        foreach (int samples in (int[])[1, 13, 64])
        {
            float[] features = NetworkTests.Numbers(samples * 7, ref random);
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(
                [NamedOnnxValue.CreateFromTensor("features", new DenseTensor<float>(features, [samples, 7]))]);
            Tensor<float> expected = results.Single(r => r.Name == "scores").AsTensor<float>();
            Activations activations = new(shape, samples);
            for (int s = 0; s < samples; s++) activations.SetSample(s, features.AsSpan(s * 7, 7));
            ReadOnlySpan<float> scores = network.Forward(activations);
            for (int s = 0; s < samples; s++)
                for (int o = 0; o < 3; o++) Assert.Equal(expected[s, o], scores[(o * activations.Stride) + s], 1e-5f);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Memory_is_that_of_ONNX_Runtime_over_many_steps(bool readsMemory)
    {
        PolicyFile policy = Made(5, readsMemory);
        RandomStream random = new(6);
        using InferenceSession session = new(policy.ToBytes());
        const int samples = 3, inputs = 4, units = 6;
        GruTrace trace = new(policy.Memory!, 1, samples);
        trace.State(0).Clear();
        float[] state = new float[samples * units];
        for (int step = 0; step < 20; step++)
        {
            float[] context = NetworkTests.Numbers(samples * inputs, ref random);
            List<NamedOnnxValue> feeds =
            [
                NamedOnnxValue.CreateFromTensor("context", new DenseTensor<float>(context, [samples, inputs])),
                NamedOnnxValue.CreateFromTensor("state", new DenseTensor<float>(state, [samples, units])),
            ];
            if (!readsMemory) feeds.Add(NamedOnnxValue.CreateFromTensor("features", new DenseTensor<float>(new float[samples * 5], [samples, 5])));
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(feeds);
            Tensor<float> next = results.Single(r => r.Name == "next_state").AsTensor<float>();
            for (int s = 0; s < samples; s++)
                for (int i = 0; i < inputs; i++) trace.Input(0)[(i * trace.Stride) + s] = context[(s * inputs) + i];
            policy.Memory!.Forward(trace, 0);
            for (int s = 0; s < samples; s++)
                for (int j = 0; j < units; j++) Assert.Equal(next[s, j], trace.NextState(0)[(j * trace.Stride) + s], 1e-5f);
            trace.NextState(0).CopyTo(trace.State(0));
            state = [.. next];
        }
    }

    [Fact]
    public void A_recurrent_policy_that_scores_its_state_is_read_as_one()
    {
        PolicyFile read = PolicyFile.Parse(Made(1, readsMemory: true).ToBytes());
        Assert.True(read.ReadsMemory);
        Assert.Equal(6, read.Network.Shape.Inputs);
    }

    [Fact]
    public void A_file_is_replaced_as_a_whole_and_errors_name_it()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");
        try
        {
            Made(1).Save(file);
            Made(2).Save(file);
            Assert.Equal(Made(2).Network.Parameters, PolicyFile.Load(file).Network.Parameters);
            File.WriteAllText(file, "no model");
            Assert.Contains(file, Assert.Throws<PolicyFileException>(() => PolicyFile.Load(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    internal static PolicyFile Made(ulong seed, bool readsMemory = false)
    {
        RandomStream random = new(seed);
        GruCell memory = new(4, 6);
        foreach (ref float p in memory.Parameters) p = (float)random.NextNormal();
        Network network = new(NetworkShape.Perceptron(readsMemory ? 6 : 5, [8], Activation.Tanh, 2));
        Initialization.Uniform(network, ref random);
        return new PolicyFile(network, readsMemory ? Metadata with { Features = [] } : Metadata, memory, readsMemory);
    }
}
