using StreamSched.Avro.Records;
using StreamSched.Client;
using StreamSched.Frames;
using StreamSched.IntegrationTests.Commands;
using StreamSched.Kafka.Settings;
using StreamSched.Tests.Onnx;

namespace StreamSched.IntegrationTests.Devices;

/// <summary>A model y = Tile(x), whose answers are so many times its inputs.</summary>
public class LargeAnswerTests(BrokerFixture brokers)
{
    private const int Values = 64, TooMany = 8192, Many = 1024; // answers of 2 MiB, and of 256 KiB
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Frame Digit = EndToEndTests.Frames("digits-599")[0],
        Tile = new(OnnxFile.Bytes([.. Enumerable.Range(0, Values).Select(i => (float)i)]), PayloadEncoding.Tensor, [Values], null);

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B1_A_model_whose_answers_do_not_fit_is_refused_when_it_is_loaded_and_the_others_serve(string broker)
    {
        using OwnModels models = new("digits-xs");
        models.Write("tile", OnnxFile.Tiled(Values, TooMany), OnnxFile.Manifest([Values]));
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null,
            Installation.Worker("w") with { Models = models.Path });
        StatusReport status = await StatusReport.UntilToldAsync(installation.Broker, "model-unusable",
            $"an answer of shape [{Values * TooMany}] has {4 * Values * TooMany} bytes, but {installation.Kafka.Topics.Results} takes");
        Assert.Contains(status.Alarms, alarm => alarm.Contains("max.message.bytes", StringComparison.Ordinal));
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);
        Task<Answer> tiled = client.AskAsync(EndToEndTests.Request("cam-1", "odd", Tile, deadlineMs: 4_000));
        Assert.All(await AskAsync(client, 20), answer => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason)));
        Answer refused = await tiled.WaitAsync(Limit);
        Assert.Equal((AnswerStatus.Rejected, "no-worker"), (refused.Status, refused.Reason));

        // Exported with a smaller output it is served, and the condition is over.
        models.Write("tile", OnnxFile.Tiled(Values, 2), OnnxFile.Manifest([Values]));
        Answer answered = await client.AskAsync(EndToEndTests.Request("cam-1", "odd", Tile)).WaitAsync(Limit);
        Assert.Equal((AnswerStatus.Ok, 2 * Values), (answered.Status, answered.Result!.Output!.Values.Length));
        await StatusReport.UntilFineAsync(installation.Broker);
    }

    [Theory]
    [MemberData(nameof(BrokerFixture.Both), MemberType = typeof(BrokerFixture))]
    public async Task B1_Answers_that_turn_out_not_to_fit_are_FAILED_too_large_and_hundreds_behind_them_are_answered(string broker)
    {
        using OwnModels models = new("digits-xs");
        models.Write("tile", OnnxFile.Tiled(Values, Many), OnnxFile.Manifest([Values]));
        await using Installation installation = await Installation.StartAsync(await brokers.ConnectAsync(broker), null);

        // What nobody can know when the model is loaded: the limit of the worker's own client, or one that is lowered later.
        KafkaSettings kafka = installation.Kafka;
        if (broker == "embedded") kafka = kafka with { Properties = new Dictionary<string, string> { ["message.max.bytes"] = "100000" } };
        installation.Start(Installation.Worker("w") with { Models = models.Path }, kafka);
        await installation.UntilAsync(() => installation.Scheduler.Scheduler.View.Workers.Count == 1);
        await using DeviceClient client = await installation.DeviceAsync();
        await client.PrepareAsync(["cam-1"]);
        if (broker == "real")
        {
            Answer fits = await client.AskAsync(EndToEndTests.Request("cam-1", "odd", Tile)).WaitAsync(Limit);
            Assert.Equal((AnswerStatus.Ok, Many * Values), (fits.Status, fits.Result!.Output!.Values.Length));
            await installation.Broker.SetAsync(installation.Kafka.Topics.Results, "max.message.bytes", "100000");
        }

        // All of one partition, so that each stands before the next.
        for (int round = 0; round < 5; round++)
        {
            Task<Answer>[] large = [.. Enumerable.Range(0, 8).Select(_ => client.AskAsync(EndToEndTests.Request("cam-1", "odd", Tile)))];
            Assert.All(await AskAsync(client, 100), answer => Assert.Equal((AnswerStatus.Ok, null), (answer.Status, answer.Reason)));
            Assert.All(await Task.WhenAll(large).WaitAsync(Limit), answer => Assert.Equal((AnswerStatus.Failed, "too-large"), (answer.Status, answer.Reason)));
        }

        await installation.UntilAsync(() => installation.Workers[0].Unfinished == 0 && installation.Scheduler.Dispatcher.PendingCount == 0);
        await StatusReport.UntilToldAsync(installation.Broker, "answer-too-large", "an answer of tile has 26");
        StatusReport status = await StatusReport.UntilToldAsync(installation.Broker, "worker-fails", "w/tile");
        Assert.Equal(["answer-too-large", "worker-fails"], status.Conditions.Select(c => c.Code).Order(StringComparer.Ordinal));
        if (broker == "real")
        {
            await installation.Broker.SetAsync(installation.Kafka.Topics.Results, "max.message.bytes", "1048576");
            Assert.Equal(AnswerStatus.Ok, (await client.AskAsync(EndToEndTests.Request("cam-1", "odd", Tile)).WaitAsync(Limit)).Status);
        }
    }

    private static Task<Answer[]> AskAsync(DeviceClient client, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => client.AskAsync(EndToEndTests.Request("cam-1", "digits", Digit)))).WaitAsync(Limit);
}
