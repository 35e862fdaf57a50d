using System.Diagnostics;
using StreamSched.Avro.Records;
using StreamSched.IntegrationTests.Devices;
using StreamSched.IntegrationTests.Telemetry;
using StreamSched.Tests;
using StreamSched.Tests.Onnx;

namespace StreamSched.IntegrationTests.Commands;

/// <summary>A worker as a process of its own, with models that never end and files that are none.</summary>
public class OddModelTests(BrokerFixture brokers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // The drain time, and 5 s.
    private static readonly TimeSpan ToEnd = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task B8_Sigterm_ends_a_worker_that_loads_a_model_that_never_ends_and_has_no_other()
    {
        using OwnModels models = new();
        models.Write("endless", OnnxFile.EndlessAbove(-1, 4), OnnxFile.Manifest([4]));
        await using Installation place = await PlaceAsync();
        await using RunningProgram worker = Worker(place, models);
        await UntilAsync(worker, "endless.onnx: is still being loaded and measured after 5 s, at most 60 s");
        await EndsAsync(worker, 0);
    }

    [Fact]
    public async Task B8_A_worker_that_loads_a_model_that_never_ends_serves_the_others_says_so_and_ends_when_it_is_told_to()
    {
        using OwnModels models = new("digits-xs");
        models.Write("endless", OnnxFile.EndlessAbove(-1, 4), OnnxFile.Manifest([4]));
        models.Write("at-times", OnnxFile.EndlessAbove(100, 4), OnnxFile.Manifest([4], maxBatch: 1), "at-times"); // measured with values up to 1
        await using Installation place = await PlaceAsync();
        await place.SchedulerAsync();
        await using RunningProgram worker = Worker(place, models, "--load-limit", "25s", "--run-limit", "1s");
        await UntilAsync(worker, "registered");
        Assert.Equal(ResultStatus.Ok, (await place.AskAsync(Installation.Request()))[0].Status);
        await StatusReport.UntilToldAsync(place.Broker, "model-slow", "endless.onnx: is still being loaded");
        await StatusReport.UntilToldAsync(place.Broker, "model-unusable", "endless.onnx: loading and measuring took longer than 25 s and was given up");

        // One run without an end fails, and those before and behind it are answered.
        IReadOnlyList<InferenceResult> results = await place.AskAsync(AtTimes(1), AtTimes(1000), AtTimes(1), Installation.Request());
        Assert.Equal(
            [(ResultStatus.Ok, null), (ResultStatus.Failed, "model"), (ResultStatus.Ok, null), (ResultStatus.Ok, (string?)null)],
            results.Select(result => (result.Status, result.Reason)));
        models.Write("endless", OnnxFile.EndlessAbove(1000, 4), OnnxFile.Manifest([4]));
        await UntilAsync(worker, "took up endless");
        await StatusReport.UntilFineAsync(place.Broker);

        // And it ends in the middle of one.
        Task<IReadOnlyList<InferenceResult>> asking = place.AskAsync(AtTimes(1000));
        await EndsAsync(worker, 0);
        Assert.NotEqual(ResultStatus.Ok, (await asking)[0].Status);
    }

    [Fact]
    public async Task B8_Pipes_and_devices_in_the_folder_are_skipped_at_the_start_and_later()
    {
        using OwnModels models = new("digits-xs");
        await PipeAsync(models, "a-pipe", "onnx");
        await PipeAsync(models, "b-pipe", "json");
        File.CreateSymbolicLink(models.File("c-device.onnx"), "/dev/zero");
        File.Copy(models.File("digits-xs.json"), models.File("c-device.json"));
        await using Installation place = await PlaceAsync();
        await place.SchedulerAsync();
        await using RunningProgram worker = Worker(place, models);
        await UntilAsync(worker, "registered");
        Assert.Equal(ResultStatus.Ok, (await place.AskAsync(Installation.Request()))[0].Status);
        await StatusReport.UntilToldAsync(place.Broker, "model-unusable", "a-pipe.onnx: is a named pipe, not a file");
        await StatusReport.UntilToldAsync(place.Broker, "model-unusable", "b-pipe.json: is a named pipe");
        await StatusReport.UntilToldAsync(place.Broker, "model-unusable", "c-device.onnx: is a device, not a file");

        // A pipe in the place of what is served: that goes on, and the folder is still read.
        File.Delete(models.File("digits-xs.onnx"));
        await PipeAsync(models, "digits-xs", "onnx");
        await StatusReport.UntilToldAsync(place.Broker, "model-unusable", "digits-xs.onnx: is a named pipe");
        Assert.Equal(ResultStatus.Ok, (await place.AskAsync(Installation.Request()))[0].Status);
        await PipeAsync(models, "d-pipe", "onnx");
        models.Write("tensor", OnnxFile.Same("N", 4), OnnxFile.Manifest([4]));
        InferenceResult odd = (await place.AskAsync(Tensor("odd", 1)))[0];
        Assert.Equal((ResultStatus.Ok, "tensor"), (odd.Status, odd.Variant));

        foreach (string name in (string[])["a-pipe", "b-pipe", "c-device", "d-pipe"])
            foreach (string end in (string[])["onnx", "json"]) File.Delete(models.File($"{name}.{end}"));
        File.Delete(models.File("digits-xs.onnx"));
        models.Copy("digits-xs", "digits-xs");
        await StatusReport.UntilFineAsync(place.Broker);
        await EndsAsync(worker, 0);
    }

    [Fact]
    public async Task B8_A_folder_with_nothing_but_pipes_and_a_folder_that_is_one_end_a_worker_with_a_line()
    {
        using OwnModels models = new();
        await PipeAsync(models, "pipe", "onnx");
        await using Installation place = await PlaceAsync();
        await using RunningProgram worker = Worker(place, models);
        Assert.Equal(1, await worker.EndAsync());
        Assert.Contains("no model can be served", worker.Output, StringComparison.Ordinal);
        Assert.Contains("pipe.onnx: is a named pipe, not a file", worker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", worker.Output, StringComparison.Ordinal);
        Cli folder = await Cli.RunAsync(place.Broker, "worker", "--id", "w", "--models", models.File("pipe.onnx"));
        Assert.Equal(2, folder.ExitCode);
        Assert.Contains("pipe.onnx' does not exist: give its path with --models", folder.Error, StringComparison.Ordinal);
    }

    private async Task<Installation> PlaceAsync()
    {
        Installation place = await Installation.StartAsync(await brokers.ConnectAsync("embedded"));
        place.Broker.Embedded!.CreateTopic(place.Broker.Settings.Topics.Work("w"), 1); // another process cannot create topics on the embedded cluster
        return place;
    }

    private static RunningProgram Worker(Installation place, OwnModels models, params string[] more) => new(
        RunningProgram.StreamSched, new Dictionary<string, string>(),
        ["worker", "--id", "w", "--models", models.Path, .. more, "--bootstrap", place.Broker.Settings.BootstrapServers,
            "--prefix", place.Broker.Settings.Prefix, "--kafka", "fetch-wait=2ms", "connect-timeout=2s"]);

    private static InferenceRequest AtTimes(float value) => Tensor("at-times", value);

    private static InferenceRequest Tensor(string task, float value)
    {
        InferenceRequest request = Installation.Request();
        (request.Task, request.Encoding, request.Shape, request.Payload) = (task, PayloadEncoding.Tensor, [4], OnnxFile.Bytes(value, 0, 0, 0));
        return request;
    }

    // A pipe in the place of one file of a model; the other is as it should be.
    private static async Task PipeAsync(OwnModels models, string name, string end)
    {
        string other = end == "onnx" ? "json" : "onnx";
        if (!File.Exists(models.File($"{name}.{other}"))) File.Copy(Checkout.Path("models", $"digits-xs.{other}"), models.File($"{name}.{other}"));
        using Process make = Process.Start("mkfifo", [models.File($"{name}.{end}")]);
        await make.WaitForExitAsync();
        Assert.Equal(0, make.ExitCode);
    }

    private static async Task EndsAsync(RunningProgram program, int code)
    {
        Task<int> ended = program.TerminateAsync();
        Assert.True(await Task.WhenAny(ended, Task.Delay(ToEnd, TimeProvider.System)) == ended, $"it goes on after {ToEnd.TotalSeconds} s:\n{program.Output}");
        Assert.True(await ended == code, program.Output);
        Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(RunningProgram program, string text)
    {
        for (long began = Stopwatch.GetTimestamp(); !program.Output.Contains(text, StringComparison.Ordinal);)
        {
            Assert.False(program.HasEnded, program.Output);
            Assert.True(Stopwatch.GetElapsedTime(began) < Limit, program.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
