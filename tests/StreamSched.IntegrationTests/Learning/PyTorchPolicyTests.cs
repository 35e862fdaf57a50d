using System.Diagnostics;
using System.Text.Json;
using StreamSched.Core.Networks;
using StreamSched.Core.PolicyFiles;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Learning;

/// <summary>Policies that were trained elsewhere.</summary>
public class PyTorchPolicyTests
{
    [Fact]
    public void Files_that_PyTorch_exports_are_read_and_give_the_results_that_PyTorch_gives()
    {
        string python = Components.Require("torch");
        string folder = Directory.CreateTempSubdirectory("streamsched-torch-").FullName;
        try
        {
            Export(python, folder);
            JsonElement expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;

            PolicyFile dense = PolicyFile.Load(Path.Combine(folder, "dense.onnx"));
            Assert.Equal([Activation.Tanh, Activation.Relu, Activation.Softplus, Activation.Sigmoid], dense.Network.Shape.Layers.Select(l => l.Activation));
            float[][] features = Rows(expected.GetProperty("features")), scores = Rows(expected.GetProperty("scores"));
            Activations activations = new(dense.Network.Shape, features.Length);
            for (int s = 0; s < features.Length; s++) activations.SetSample(s, features[s]);
            ReadOnlySpan<float> found = dense.Network.Forward(activations);
            for (int s = 0; s < features.Length; s++)
                for (int o = 0; o < 3; o++) Assert.Equal(scores[s][o], found[(o * activations.Stride) + s], 1e-5f);

            PolicyFile recurrent = PolicyFile.Load(Path.Combine(folder, "recurrent.onnx"));
            Assert.True(recurrent.ReadsMemory);
            float[][] contexts = Rows(expected.GetProperty("contexts"));
            GruTrace trace = new(recurrent.Memory!, 1, 1);
            Activations head = new(recurrent.Network.Shape, 1);
            Fill(trace.State(0), trace.Stride, Row(expected.GetProperty("first")));
            for (int step = 0; step < contexts.Length; step++)
            {
                Fill(trace.Input(0), trace.Stride, contexts[step]);
                recurrent.Memory!.Forward(trace, 0);
                trace.NextState(0).CopyTo(trace.State(0));
                trace.NextState(0).CopyTo(head.Input);
                ReadOnlySpan<float> output = recurrent.Network.Forward(head);
                JsonElement then = expected.GetProperty("steps")[step];
                float[] state = Row(then.GetProperty("state")), score = Row(then.GetProperty("scores"));
                for (int j = 0; j < state.Length; j++) Assert.Equal(state[j], trace.NextState(0)[j * trace.Stride], 1e-5f);
                for (int o = 0; o < score.Length; o++) Assert.Equal(score[o], output[o * head.Stride], 1e-5f);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Export(string python, string folder)
    {
        ProcessStartInfo start = new(python, [Checkout.Path("tests", "StreamSched.IntegrationTests", "Learning", "export.py"), folder])
        {
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }

    private static float[][] Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(Row)];

    private static float[] Row(JsonElement row) => [.. row.EnumerateArray().Select(v => v.GetSingle())];

    private static void Fill(Span<float> to, int stride, float[] values)
    {
        for (int i = 0; i < values.Length; i++) to[i * stride] = values[i];
    }
}
