using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Tests;
using StreamSched.Tests.Onnx;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>Models whose weights lie in files of their own, as PyTorch exports them.</summary>
public class ExternalDataTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // The bound for a change to be seen; the folder is looked at every two seconds.
    private static readonly TimeSpan Seen = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task C1_A_model_of_PyTorch_with_external_data_answers_as_PyTorch_does_and_its_digest_includes_the_data()
    {
        string python = Components.Require("torch");
        using OwnModels models = new();
        IReadOnlyList<Frame> frames = [.. EndToEndTests.Frames("fashion-2000").Take(20)];
        float[][] expected = Export(python, models, seed: 1, frames);
        File.WriteAllText(models.File("net.json"), OnnxFile.Manifest([1, 28, 28], "image", "logits", "logits", classes: 10));
        byte[] digest = Digest(models);
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("embedded"), null,
            Installation.Worker("w") with { Models = models.Path });
        await using DeviceClient client = await installation.DeviceAsync();
        AssertAnswers(await AskAsync(client, frames), expected, digest);

        // Other weights under the same names: the ONNX file stays as it was, and what is answered is the new ones' within ten seconds.
        byte[] model = File.ReadAllBytes(models.File("net.onnx"));
        expected = Export(python, models, seed: 2, frames);
        Assert.Equal(model, File.ReadAllBytes(models.File("net.onnx")));
        Assert.NotEqual(digest, digest = Digest(models));
        long began = Stopwatch.GetTimestamp();
        while (!(await client.AskAsync(EndToEndTests.Request("cam-1", "odd", frames[0])).WaitAsync(Limit)).Result!.Digest!.AsSpan().SequenceEqual(digest))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Limit, "the new weights are not taken up");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Tell("the new weights", began);
        AssertAnswers(await AskAsync(client, frames), expected, digest);
    }

    [Fact]
    public async Task C1_A_worker_that_is_started_elsewhere_takes_no_weights_from_there()
    {
        using OwnModels models = new(), elsewhere = new();
        models.Write("m", OnnxFile.External(2, 1, "m.onnx.data"), OnnxFile.Manifest([2]));
        File.WriteAllBytes(models.File("m.onnx.data"), OnnxFile.Bytes(3, 4));
        File.WriteAllBytes(elsewhere.File("m.onnx.data"), OnnxFile.Bytes(-7, -7)); // a stranger's
        TestBroker broker = await brokers.ConnectAsync("embedded");
        broker.Embedded!.CreateTopic(broker.Settings.Topics.Work("w"), 1); // another process cannot create topics on the embedded cluster
        await using Installation installation = await Installation.StartAsync(broker);
        await using DeviceClient client = await installation.DeviceAsync();
        Frame frame = new(OnnxFile.Bytes(1, 10), PayloadEncoding.Tensor, [2], null);
        foreach (string path in (string[])[models.Path, Path.GetRelativePath(elsewhere.Path, models.Path)])
        {
            await using RunningProgram worker = Worker(installation, elsewhere.Path, path);
            Answer answer = await client.AskAsync(EndToEndTests.Request("cam-1", "odd", frame)).WaitAsync(Limit);
            Assert.True(answer.Status == AnswerStatus.Ok, $"{answer.Status} {answer.Reason}\n{worker.Output}");
            Assert.Equal([43f], answer.Result!.Output!.Values);
            Assert.Equal(SHA256.HashData([.. File.ReadAllBytes(models.File("m.onnx")), .. OnnxFile.Bytes(3, 4)]), answer.Result.Digest);
            Assert.Equal(0, await worker.TerminateAsync());
        }

        // Without its own it is refused, whatever lies where the worker was started.
        File.Delete(models.File("m.onnx.data"));
        await using RunningProgram refused = Worker(installation, elsewhere.Path, models.Path);
        Assert.Equal(1, await refused.EndAsync());
        Assert.Contains($"{models.File("m.onnx.data")}, which does not exist", refused.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C2_A_folder_of_links_that_lead_elsewhere_is_followed_to_the_answers()
    {
        // As Kubernetes mounts a ConfigMap: NAME → ..data/NAME, ..data → a folder with the time in its name, which is exchanged in one step.
        using OwnModels models = new();
        foreach ((string version, float weight) in ((string, float)[])[("..2026_01", 3), ("..2026_02", 5)])
        {
            Directory.CreateDirectory(models.File(version));
            File.WriteAllBytes(models.File($"{version}/m.onnx"), OnnxFile.External(2, 1, "m.onnx.data"));
            File.WriteAllBytes(models.File($"{version}/m.onnx.data"), OnnxFile.Bytes(weight, weight));
            File.WriteAllText(models.File($"{version}/m.json"), OnnxFile.Manifest([2]));
            File.SetLastWriteTimeUtc(models.File($"{version}/m.onnx.data"), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        }

        Directory.CreateSymbolicLink(models.File("..data"), "..2026_01");
        foreach (string name in (string[])["m.onnx", "m.onnx.data", "m.json"]) File.CreateSymbolicLink(models.File(name), $"..data/{name}");
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync("embedded"), null,
            Installation.Worker("w") with { Models = models.Path });
        await using DeviceClient client = await installation.DeviceAsync();
        Frame frame = new(OnnxFile.Bytes(1, 1), PayloadEncoding.Tensor, [2], null);
        Answer answer = await client.AskAsync(EndToEndTests.Request("cam-1", "odd", frame)).WaitAsync(Limit);
        Assert.Equal([6f], answer.Result!.Output!.Values);

        Directory.CreateSymbolicLink(models.File("..data_tmp"), "..2026_02");
        using (Process move = Process.Start("mv", ["-T", models.File("..data_tmp"), models.File("..data")])) await move.WaitForExitAsync();
        long began = Stopwatch.GetTimestamp();
        do
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Limit, "the link's new end is not taken up");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            answer = await client.AskAsync(EndToEndTests.Request("cam-1", "odd", frame)).WaitAsync(Limit);
        }
        while (!answer.Result!.Output!.Values.SequenceEqual([10f]));
        Tell("the link's new end", began);
        Assert.Equal(SHA256.HashData([.. File.ReadAllBytes(models.File("..2026_02/m.onnx")), .. OnnxFile.Bytes(5, 5)]), answer.Result.Digest);
    }

    private static RunningProgram Worker(Installation installation, string workingDirectory, string models) => new(
        RunningProgram.StreamSched, new Dictionary<string, string>(), workingDirectory,
        ["worker", "--id", "w", "--models", models, "--bootstrap", installation.Kafka.BootstrapServers, "--prefix", installation.Kafka.Prefix,
            "--kafka", "fetch-wait=2ms", "connect-timeout=2s"]);

    private static void Tell(string what, long began) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what} answered after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s, of at most {Seen.TotalSeconds} s");

    // Class probabilities by PyTorch, for each frame.
    private static float[][] Export(string python, OwnModels models, int seed, IReadOnlyList<Frame> frames)
    {
        string raw = models.File("frames.raw");
        File.WriteAllBytes(raw, [.. frames.SelectMany(frame => frame.Payload)]);
        string script = Checkout.Path("tests", "StreamSched.IntegrationTests", "Devices", "export_external.py");
        ProcessStartInfo start = new(python, [script, models.Path, "net", $"{seed}", raw]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return JsonSerializer.Deserialize<float[][]>(output)!;
    }

    private static byte[] Digest(OwnModels models) =>
        SHA256.HashData([.. File.ReadAllBytes(models.File("net.onnx")), .. File.ReadAllBytes(models.File("net.onnx.data"))]);

    private static Task<Answer[]> AskAsync(DeviceClient client, IReadOnlyList<Frame> frames) =>
        Task.WhenAll(frames.Select(frame => client.AskAsync(EndToEndTests.Request("cam-1", "odd", frame)))).WaitAsync(Limit);

    private static void AssertAnswers(Answer[] answers, float[][] expected, byte[] digest)
    {
        Assert.Equal(expected.Length, answers.Length);
        for (int i = 0; i < answers.Length; i++)
        {
            Assert.Equal((AnswerStatus.Ok, null), (answers[i].Status, answers[i].Reason));
            Assert.Equal(digest, answers[i].Result!.Digest);
            foreach ((float one, float other) in expected[i].Zip(answers[i].Result!.Output!.Values)) Assert.Equal(one, other, 1e-4f);
        }
    }
}
