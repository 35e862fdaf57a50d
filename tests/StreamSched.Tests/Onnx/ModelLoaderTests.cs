using System.Security.Cryptography;
using StreamSched.Onnx.Execution;
using StreamSched.Onnx.Models;

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

    [Fact]
    public void A_processors_description_is_checked_as_a_whole()
    {
        Assert.Empty(new ProcessorSettings().Validate());
        Assert.Empty(new ProcessorSettings { Id = "gpu-0", Threads = 4, Slots = 2, Power = new PowerSettings(1, 5) }.Validate());
        Assert.Equal(4, new ProcessorSettings { Id = "GPU 0", Threads = 0, Slots = 65, Power = new PowerSettings(5, 1) }.Validate().Count);
    }
}
