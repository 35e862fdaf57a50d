using System.Security.Cryptography;
using StreamSched.Onnx;
using StreamSched.Onnx.Inference;
using StreamSched.Onnx.Models;
using StreamSched.Onnx.Processors;

namespace StreamSched.Tests.Onnx;

public class ModelLoaderTests
{
    [Fact]
    public void The_digest_is_that_of_the_file_which_stays_as_it_was()
    {
        var file = Path.Combine(Sample.Models, "digits-s.onnx");
        var model = Sample.Load("digits-s");
        Assert.Equal(SHA256.HashData(File.ReadAllBytes(file)), model.Digest.ToArray());
        Assert.Equal([10], model.OutputShape.ToArray());
        Assert.True(model.MemoryBytes > model.FileBytes);
        model.Retire();
        Assert.True(model.IsFreed);
    }

    [Theory]
    [InlineData("\"image\"", "\"picture\"", "$.input.name is 'picture', but the model's input is called 'image'")]
    [InlineData("\"name\": \"logits\"", "\"name\": \"scores\"", "$.output.name is 'scores', but the model's outputs are called 'logits'")]
    [InlineData("[1, 28, 28]", "[1, 32, 32]", "$.input.shape is [1, 32, 32], but the model's input is [-1, 1, 28, 28]")]
    [InlineData("[1, 28, 28]", "[784]", "$.input.shape is [784]")]
    [InlineData("\"Trouser\", ", "", "$.labels names 9 classes, but the model's output has 10 values")]
    public void A_manifest_that_does_not_describe_its_model_is_refused(string old, string replacement, string expected)
    {
        using var folder = new ModelFolder("fashion-xs");
        var file = folder.File("fashion-xs.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace(old, replacement, StringComparison.Ordinal));
        var error = Assert.Throws<ModelException>(() => ModelLoader.Load(folder.Path, "fashion-xs", new ProcessorSettings()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("fashion-xs", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("w.data", 0, true)]
    [InlineData("w.data", 64, false)]
    [InlineData("sub/w.data", 0, true)]
    public void C1_External_data_comes_from_the_models_own_folder_and_counts_in_its_digest(string location, int offset, bool saysLength)
    {
        float[] weights = [1, 2, 3, 4, 5, 6, 7, 8];
        using var folder = new ModelFolder();
        Directory.CreateDirectory(folder.File("sub"));
        var data = new byte[offset].Concat(OnnxFile.Bytes(weights)).ToArray();
        File.WriteAllBytes(folder.File(location), data);
        var bytes = OnnxFile.External(4, 2, location, offset, saysLength);
        folder.Write("split", bytes, OnnxFile.Manifest([4]));
        folder.Write("whole", OnnxFile.Internal(4, 2, weights), OnnxFile.Manifest([4]));
        var split = ModelLoader.Load(folder.Path, "split", new ProcessorSettings());
        var whole = ModelLoader.Load(folder.Path, "whole", new ProcessorSettings());
        Assert.Equal(Answer(whole, 1, 0, 2, -1), Answer(split, 1, 0, 2, -1));
        Assert.Equal(SHA256.HashData([.. bytes, .. data]), split.Digest.ToArray());
        split.Retire();
        whole.Retire();
    }

    [Fact]
    public void C1_External_data_of_nested_graphs_are_found_too()
    {
        using var folder = new ModelFolder();
        File.WriteAllBytes(folder.File("branches.bin"), OnnxFile.Bytes(1, 1, 1, 1, 5, 5, 5, 5));
        folder.Write("branches", OnnxFile.ExternalInBranches(4, "branches.bin"), OnnxFile.Manifest([4]));
        var model = ModelLoader.Load(folder.Path, "branches", new ProcessorSettings());
        Assert.Equal([3, 2, 2, 2], Answer(model, 2, 1, 1, 1));
        Assert.Equal([3, 4, 4, 4], Answer(model, -2, -1, -1, -1));
        model.Retire();
    }

    [Theory]
    [InlineData("../w.data")]
    [InlineData("/etc/hostname")]
    [InlineData("sub/../../w.data")]
    [InlineData("./w.data")]
    [InlineData("..\\w.data")]
    [InlineData("C:w.data")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    [InlineData("")]
    public void C1_External_data_outside_of_the_folder_are_refused(string location)
    {
        using var folder = new ModelFolder();
        var inside = Directory.CreateDirectory(folder.File("models")).FullName;
        File.WriteAllBytes(folder.File("w.data"), new byte[32]);
        File.WriteAllBytes(Path.Combine(inside, "m.onnx"), OnnxFile.External(4, 2, location));
        File.WriteAllText(Path.Combine(inside, "m.json"), OnnxFile.Manifest([4]));
        var error = Assert.Throws<ModelException>(() => ModelLoader.Load(inside, "m", new ProcessorSettings()));
        Assert.Contains("w", error.Message, StringComparison.Ordinal);
        Assert.Matches("not a file of the model's own folder|does not exist", error.Message);
    }

    [Fact]
    public void C1_External_data_that_are_missing_or_too_short_are_named()
    {
        using var folder = new ModelFolder();
        folder.Write("m", OnnxFile.External(4, 2, "m.onnx.data"), OnnxFile.Manifest([4]));
        Assert.Contains($"{folder.File("m.onnx.data")}, which does not exist", Load().Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("m.onnx.data"), new byte[31]);
        Assert.Contains("takes 32 bytes from 0 on of m.onnx.data, which has 31", Load().Message, StringComparison.Ordinal);

        ModelException Load() => Assert.Throws<ModelException>(() => ModelLoader.Load(folder.Path, "m", new ProcessorSettings()));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\"layout\": \"nhwc\"", false)]
    [InlineData("", true)]
    public void C4_Images_reach_their_channels_wherever_a_model_has_them(string more, bool first)
    {
        using var folder = new ModelFolder();
        int[] shape = first ? [3, 4, 5] : [4, 5, 3];
        folder.Write(
            "means", first ? OnnxFile.ChannelMeansNchw(4, 5) : OnnxFile.ChannelMeansNhwc(4, 5), OnnxFile.Manifest(shape, "image", "logits", more: more));
        var model = ModelLoader.Load(folder.Path, "means", new ProcessorSettings());
        var pixels = Enumerable.Range(0, 60).Select(i => (byte)(i % 3 == 0 ? 255 : i % 3 == 1 ? 51 : 0)).ToArray();
        byte[] png = Png.Write(pixels, 5, 4, 3);
        using (var runner = Sample.Rent(model))
        {
            foreach (var payload in new InferencePayload[]
                     {
                         new(PayloadEncoding.Rgb8, Array.Empty<int>(), pixels), new(PayloadEncoding.Rgb8, new[] { 3, 4, 5 }, pixels),
                         new(PayloadEncoding.Rgb8, new[] { 4, 5, 3 }, pixels), new(PayloadEncoding.Rgb8, new[] { 1, 4, 5, 3 }, pixels),
                         new(PayloadEncoding.Png, Array.Empty<int>(), png),
                     })
            {
                var outcomes = new InferenceOutcome[1];
                Assert.Equal(1, runner.Run([payload], outcomes));
                Assert.Equal([1f, 0.2f, 0f], runner.Values(outcomes[0]).ToArray().Select(value => MathF.Round(value, 5)));
            }

            var bad = new InferenceOutcome[1];
            Assert.Equal(0, runner.Run([new(PayloadEncoding.Rgb8, new[] { 5, 4, 3 }, pixels)], bad));
            Assert.Equal(InferenceFault.Shape, bad[0].Fault);
            Assert.Equal(0, runner.Run([new(PayloadEncoding.Grey8, Array.Empty<int>(), pixels)], bad));
            Assert.Equal(InferenceFault.Encoding, bad[0].Fault);
        }

        model.Retire();
    }

    [Theory]
    [InlineData(300, 10, "", "tensor of shape [300] has 1200 bytes, but requests and work.w take 1000")]
    [InlineData(300, 10, "\"encodings\": [\"grey8\", \"png\"]", null)]
    [InlineData(1001, 10, "\"encodings\": [\"grey8\"]", "grey8 of shape [1001] has 1001 bytes")]
    [InlineData(200, 10, "", "an answer of shape [2000] has 8000 bytes, but results takes 4000")]
    [InlineData(200, 5, "", null)]
    public void C4_What_the_topics_do_not_take_is_refused_with_its_cure(int values, int times, string more, string? expected)
    {
        using var folder = new ModelFolder();
        folder.Write("m", OnnxFile.Tiled(values, values == 200 ? times : 1), OnnxFile.Manifest([values], more: more));
        var content = ModelFiles.Read(folder.Path, "m", null, default);
        var limits = new PayloadLimits(1000, 4000, "requests and work.w", "results");
        if (expected is null)
        {
            ModelLoader.Load(content, folder.Path, "m", new ProcessorSettings(), limits, default).Retire();
            return;
        }

        var error = Assert.Throws<ModelException>(() => ModelLoader.Load(content, folder.Path, "m", new ProcessorSettings(), limits, default));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("max.message.bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void C4_An_output_as_long_as_what_it_finds_is_refused()
    {
        using var folder = new ModelFolder();
        folder.Write("m", OnnxFile.NotZero(8), OnnxFile.Manifest([8], maxBatch: 1));
        var error = Assert.Throws<ModelException>(() => ModelLoader.Load(folder.Path, "m", new ProcessorSettings()));
        Assert.Matches("another shape for another input|first dimension must be the batch", error.Message);
    }

    [Fact]
    public async Task B8_A_model_that_never_ends_is_given_up()
    {
        using var folder = new ModelFolder();
        folder.Write("m", OnnxFile.EndlessAbove(-1, 4), OnnxFile.Manifest([4]));
        using var limit = new CancellationTokenSource();
        var loading = Task.Run(() => ModelLoader.Load(folder.Path, "m", new ProcessorSettings(), limit.Token));
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_file_that_is_no_onnx_model_is_refused()
    {
        using var folder = new ModelFolder("digits-xs");
        File.WriteAllText(folder.File("digits-xs.onnx"), "not a model");
        var error = Assert.Throws<ModelException>(() => ModelLoader.Load(folder.Path, "digits-xs", new ProcessorSettings()));
        Assert.Contains("no ONNX model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_execution_provider_that_is_not_installed_is_named_beside_those_that_are()
    {
        var complaint = Assert.Single(new ProcessorSettings { Provider = "warp" }.Validate());
        Assert.Contains("'warp' is not installed", complaint, StringComparison.Ordinal);
        Assert.Contains("cpu", complaint, StringComparison.Ordinal);
    }

    private static float[] Answer(LoadedModel model, params float[] values)
    {
        using var runner = Sample.Rent(model);
        var outcomes = new InferenceOutcome[1];
        Assert.Equal(1, runner.Run([Sample.Tensor(values)], outcomes));
        return runner.Values(outcomes[0]).ToArray();
    }

    [Fact]
    public void A_processors_description_is_checked_as_a_whole()
    {
        Assert.Empty(new ProcessorSettings().Validate());
        Assert.Empty(new ProcessorSettings { Id = "gpu-0", Threads = 4, Slots = 2, Power = new PowerSettings(1, 5) }.Validate());
        Assert.Equal(4, new ProcessorSettings { Id = "GPU 0", Threads = 0, Slots = 65, Power = new PowerSettings(5, 1) }.Validate().Count);
    }
}
