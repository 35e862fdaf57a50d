using System.Text;
using StreamSched.Onnx;
using StreamSched.Onnx.Models;

namespace StreamSched.Tests.Onnx;

public class ManifestReaderTests
{
    private const string Good = """
        {
          "task": "fashion", "accuracy": 0.9, "accuracyImages": 100,
          "input": { "name": "image", "shape": [1, 28, 28] },
          "output": { "name": "logits", "kind": "logits" },
          "labels": ["a", "b"], "licence": "MIT", "attribution": "x", "source": "y"
        }
        """;

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var manifest = Read(Good);
        Assert.Equal(16, manifest.MaxBatch);
        Assert.Equal(255, manifest.Input.PixelScale);
        Assert.Empty(manifest.Input.Mean);
        Assert.Empty(manifest.Input.Deviation);
        Assert.Equal("", manifest.Description);
    }

    [Fact]
    public void Every_shipped_manifest_is_valid_and_names_its_owners()
    {
        var files = Directory.GetFiles(Sample.Models, "*.json");
        Assert.Equal(7, files.Length);
        foreach (var file in files)
            Assert.NotEmpty(ManifestReader.Read(file, File.ReadAllBytes(file)).Attribution);
    }

    [Theory]
    [InlineData("\"task\": \"fashion\",", "\"task\": \"fashion\", \"taks\": 1,", "$.taks")]
    [InlineData("\"name\": \"image\",", "\"name\": \"image\", \"size\": 3,", "$.input.size")]
    [InlineData("\"task\": \"fashion\",", "", "task")]
    [InlineData("\"kind\": \"logits\"", "\"x\": 1", "$.output")]
    [InlineData("\"kind\": \"logits\"", "\"kind\": \"softmax\"", "$.output.kind")]
    [InlineData("0.9", "\"good\"", "$.accuracy")]
    [InlineData("0.9", "90", "$.accuracy is 90")]
    [InlineData("0.9", "-0.1", "$.accuracy is -0.1")]
    [InlineData("100", "0", "$.accuracyImages is 0")]
    [InlineData("\"fashion\"", "\"Fashion!\"", "$.task")]
    [InlineData("\"fashion\"", "null", "$.task")]
    [InlineData("[1, 28, 28]", "[1, 0, 28]", "$.input.shape[1]")]
    [InlineData("[1, 28, 28]", "[]", "$.input.shape")]
    [InlineData("[1, 28, 28]", "[60000, 60000, 60000]", "$.input.shape has more")]
    [InlineData("[1, 28, 28]", "[1, 28, 28], \"pixelScale\": 0", "$.input.pixelScale")]
    [InlineData("[1, 28, 28]", "[1, 28, 28], \"mean\": [1, 2]", "$.input.mean")]
    [InlineData("[1, 28, 28]", "[1, 28, 28], \"deviation\": [0]", "$.input.deviation[0]")]
    [InlineData("[\"a\", \"b\"]", "[\"a\"]", "$.labels")]
    [InlineData("[\"a\", \"b\"]", "[\"a\", \" \"]", "$.labels[1]")]
    [InlineData("\"kind\": \"logits\"", "\"kind\": \"tensor\"", "$.labels must be left out")]
    [InlineData("\"MIT\"", "\"\"", "$.licence")]
    [InlineData("\"MIT\",", "\"MIT\", \"maxBatch\": 17,", "$.maxBatch is 17")]
    [InlineData("\"MIT\",", "\"MIT\", \"licence\": \"BSD\",", "licence")]
    [InlineData("}", "", ": line ")]
    public void A_mistake_is_reported_with_file_and_path(string old, string replacement, string expected)
    {
        var json = old == "}" ? Good[..^1] : Good.Replace(old, replacement, StringComparison.Ordinal);
        Assert.NotEqual(Good, json);
        var error = Assert.Throws<ModelException>(() => Read(json));
        Assert.StartsWith("models/m.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var json = Good.Replace("0.9", "9", StringComparison.Ordinal)
            .Replace("100", "0", StringComparison.Ordinal).Replace("\"MIT\"", "\"\"", StringComparison.Ordinal);
        var message = Assert.Throws<ModelException>(() => Read(json)).Message;
        Assert.All(["$.accuracy is 9", "$.accuracyImages is 0", "$.licence"], expected => Assert.Contains(expected, message, StringComparison.Ordinal));
    }

    private static ModelManifest Read(string json) => ManifestReader.Read("models/m.json", Encoding.UTF8.GetBytes(json));
}
