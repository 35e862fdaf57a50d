using System.Text.Json;
using StreamSched.Onnx.Catalogue;
using StreamSched.Onnx.Profiling;
using StreamSched.Tests;

namespace StreamSched.IntegrationTests.Commands;

public class ProfileTests
{
    private static readonly string Models = Checkout.Path("models");

    [Fact]
    public async Task E1_the_interference_of_two_models_is_written_beside_the_manifests_and_shown()
    {
        string folder = Directory.CreateTempSubdirectory("streamsched-profile-").FullName;
        try
        {
            string[] arguments = ["profile", "--models", Models, "--pair", "digits-xs,digits-s", "--size", "1", "--seconds", "0.05", "--out", folder];
            Cli json = await Cli.RunAsync(CancellationToken.None, [.. arguments, "--json"]);
            Assert.True(json.ExitCode == 0, json.Error);
            InterferenceRecord record = InterferenceFolder.Read(json.Json.GetProperty("file").GetString()!);
            Assert.Equal(("digits-s", "digits-xs", 1), (record.A, record.B, record.Size));
            Assert.Equal(2, json.Json.GetProperty("matrices").GetArrayLength());
            Assert.All(json.Json.GetProperty("matrices").EnumerateArray(), m => Assert.Equal(1, m.GetProperty("factors")[0].GetSingle()));
            Cli text = await Cli.RunAsync(CancellationToken.None, arguments);
            foreach (string expected in (string[])["digits-s \\ digits-xs", "m = 1", "r = 1", "1.00", "cores of", "1 thread per run", "written to"])
                Assert.Contains(expected, text.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Service_times_of_all_models_are_shown()
    {
        Cli json = await Cli.RunAsync(CancellationToken.None, "profile", "--models", Models, "--seconds", "0.05", "--json");
        Assert.True(json.ExitCode == 0, json.Error + json.Output);
        JsonElement[] models = [.. json.Json.GetProperty("models").EnumerateArray()];
        Assert.Equal(Directory.GetFiles(Models, "*.onnx").Length, models.Length);
        Assert.All(models, m => Assert.True(m.GetProperty("times")[0].GetProperty("medianMicros").GetDouble() > 0));
        Assert.True(json.Json.GetProperty("machine").GetProperty("cores").GetInt32() > 0);
    }

    [Theory]
    [InlineData("--pair", "digits-xs")]
    [InlineData("--size", "9", "--pair", "digits-xs,digits-s")]
    [InlineData("--models", "/nowhere")]
    [InlineData("--seconds", "0")]
    [InlineData("--provider", "abacus")]
    public async Task What_cannot_be_measured_is_refused(params string[] options) =>
        Assert.Equal(2, (await Cli.RunAsync(
            CancellationToken.None, ["profile", .. options.Contains("--models") ? [] : (string[])["--models", Models], .. options])).ExitCode);

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        Cli unknown = await Cli.RunAsync(CancellationToken.None, "profile", "--models", Models, "--pair", "digits-xs,digits-xxl");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("digits-xxl", unknown.Error, StringComparison.Ordinal);
    }
}
